import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunctions } from './bundle.ts';
import { generatedAsset } from './written-asset.ts';

/** The sources of the deployed functions. */
export const FUNCTIONS_FOLDER = join(import.meta.dirname, '../../lambda');

/**
 * The code of both functions as one asset, bundled from source during synthesis. A stack needs one of its own: CDK ties a
 * code object to the first stack that uses it.
 *
 * @param entryFolder - holds `refresh.ts` and `sweep.ts`
 */
export function functionsCode(entryFolder: string = FUNCTIONS_FOLDER): Code {
  return Code.fromAsset(
    entryFolder,
    generatedAsset((folder) => writeBundle(entryFolder, folder)),
  );
}

function writeBundle(entryFolder: string, outputFolder: string): void {
  for (const { path, contents } of bundleFunctions(entryFolder).files) {
    const target = join(outputFolder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }
}

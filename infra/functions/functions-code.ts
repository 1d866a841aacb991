import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { generatedAsset } from '../generated-asset.ts';
import { bundleFunctions, FUNCTIONS_FOLDER } from './bundle.ts';

/**
 * Returns the code of the functions as one asset, bundled from source during synthesis. Each stack needs its own: CDK
 * binds a code object to the first stack that uses it.
 *
 * @param entryFolder - contains a module for each function, such as `refresh.ts`
 */
export function functionsCode(entryFolder: string = FUNCTIONS_FOLDER): Code {
  return Code.fromAsset(
    entryFolder,
    generatedAsset('functions', (folder) => writeBundle(entryFolder, folder)),
  );
}

function writeBundle(entryFolder: string, outputFolder: string): void {
  for (const { path, contents } of bundleFunctions(entryFolder).files) {
    const target = join(outputFolder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }
}

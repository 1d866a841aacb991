import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunctions } from './bundle.ts';

/** The sources of the deployed functions. */
export const FUNCTIONS_FOLDER = join(import.meta.dirname, '..', 'lambda');

/**
 * The code of both functions as one asset, bundled from source during synthesis. Its hash is that of the bundled files,
 * so a deployment with unchanged sources uploads and changes nothing. A stack needs one of its own: CDK ties a code
 * object to the first stack that uses it.
 *
 * @param entryFolder - holds `refresh.ts` and `sweep.ts`
 */
export function functionsCode(entryFolder: string = FUNCTIONS_FOLDER): Code {
  return Code.fromAsset(entryFolder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK wants an image to fall back on. It is never pulled: the local bundling always succeeds or throws.
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle(outputFolder) {
          writeBundle(entryFolder, outputFolder);
          return true;
        },
      },
    },
  });
}

function writeBundle(entryFolder: string, outputFolder: string): void {
  for (const { path, contents } of bundleFunctions(entryFolder).files) {
    const target = join(outputFolder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }
}

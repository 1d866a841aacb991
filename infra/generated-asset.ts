import { AssetHashType, type AssetOptions, DockerImage } from 'aws-cdk-lib';

/**
 * Options of an asset whose files are generated during synthesis. The asset's hash is the hash of the files, so a
 * deployment with unchanged sources uploads and changes nothing.
 *
 * @param contents - names the contents: within an app, CDK writes assets with the same source folder and contents once, so that 200
 * clusters take one bundle
 * @param write - writes the files to an empty folder
 */
export function generatedAsset(contents: string, write: (folder: string) => void): AssetOptions {
  return {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK requires an image to fall back to. It is never pulled: local bundling either succeeds or throws.
      image: DockerImage.fromRegistry('scratch'),
      // Part of the key by which CDK finds what it has written.
      environment: { CONTENTS: contents },
      local: {
        tryBundle(folder) {
          write(folder);
          return true;
        },
      },
    },
  };
}

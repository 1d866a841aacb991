import { AssetHashType, type AssetOptions, DockerImage } from 'aws-cdk-lib';

/**
 * Has an asset's files written during synthesis. The asset's hash is that of the files, so a deployment with unchanged
 * sources uploads and changes nothing.
 *
 * @param write - writes the files into an empty folder
 */
export function generatedAsset(write: (folder: string) => void): AssetOptions {
  return {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK wants an image to fall back on. It is never pulled: the local bundling always succeeds or throws.
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle(folder) {
          write(folder);
          return true;
        },
      },
    },
  };
}

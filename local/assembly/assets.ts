import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { AssemblyError } from './assembly-error.ts';
import type { DeploymentTarget } from './resource-type.ts';

const manifestSchema = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string(), packaging: z.string() }),
        destinations: z.record(
          z.string(),
          z.object({ bucketName: z.string(), objectKey: z.string() }),
        ),
      }),
    )
    .default({}),
});

/** Returns the folder that is published to a bucket with a key. */
export type AssetFolders = (bucket: string, key: string) => string;

/**
 * Reads the asset manifest (`*.assets.json`) of an assembly.
 *
 * @returns a function that throws AssemblyError if no asset is published with the key, or if its folder does not exist
 */
export function readAssetFolders(
  folder: string,
  manifest: unknown,
  target: DeploymentTarget,
): AssetFolders {
  const published = new Map<string, string>();
  for (const { source, destinations } of Object.values(manifestSchema.parse(manifest).files)) {
    if (source.packaging !== 'zip') continue;
    for (const { bucketName, objectKey } of Object.values(destinations)) {
      published.set(
        `${resolvePlaceholders(bucketName, target)}/${objectKey}`,
        resolve(folder, source.path),
      );
    }
  }
  return (bucket, key) => {
    const found = published.get(`${bucket}/${key}`);
    if (found === undefined) {
      throw new AssemblyError(`no asset of the assembly is published as s3://${bucket}/${key}`);
    }
    if (!existsSync(found))
      throw new AssemblyError(`asset ${found} of the assembly does not exist`);
    return found;
  };
}

function resolvePlaceholders(
  text: string,
  { account, region, partition }: DeploymentTarget,
): string {
  const values: Partial<Record<string, string>> = {
    AccountId: account,
    Region: region,
    Partition: partition,
  };
  return text.replace(/\$\{AWS::(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

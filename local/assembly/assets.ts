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

/** Finds the folder that is published to a bucket under a key. */
export type AssetFolders = (bucket: string, key: string) => string;

/**
 * The assets that `manifest` (an `*.assets.json`) of the assembly in `folder` publishes.
 * @throws AssemblyError when a key is asked for that nothing is published to, or whose folder is missing.
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
      published.set(`${fill(bucketName, target)}/${objectKey}`, resolve(folder, source.path));
    }
  }
  return (bucket, key) => {
    const found = published.get(`${bucket}/${key}`);
    if (found === undefined) {
      throw new AssemblyError(`no asset of the assembly is published as s3://${bucket}/${key}`);
    }
    if (!existsSync(found)) throw new AssemblyError(`asset ${found} of the assembly is missing`);
    return found;
  };
}

function fill(text: string, { account, region, partition }: DeploymentTarget): string {
  const values: Partial<Record<string, string>> = {
    AccountId: account,
    Region: region,
    Partition: partition,
  };
  return text.replace(/\$\{AWS::(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRefresherApp } from '../infra/refresher-app.ts';

const CDK_JSON = join(import.meta.dirname, '../cdk.json');

/**
 * Synthesizes the product's CDK app as `npx cdk synth` does, with the feature flags of `cdk.json` but other clusters.
 *
 * @param assets - built from source by default
 */
export async function synthesize(
  outdir: string,
  clusters: readonly object[],
  assets?: Parameters<typeof createRefresherApp>[1],
): Promise<void> {
  const { context } = JSON.parse(await readFile(CDK_JSON, 'utf8'));
  createRefresherApp({ outdir, context: { ...context, clusters } }, assets).synth();
}

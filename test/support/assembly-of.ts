import { createHash } from 'node:crypto';
import { sharedFolder } from './run-folder.ts';

/** Synthesizes a cluster's stack, once in a test run for the same settings, and returns the folder. Tests must not change it. */
export async function assemblyOf(cluster: object): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(cluster)).digest('hex');
  return sharedFolder(`assemblies/${key}`, async (folder) => {
    // Loading CDK takes longer than most tests.
    const { synthesize } = await import('../../local/synthesize.ts');
    await synthesize(folder, [cluster]);
  });
}

import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sharedFolder } from '../run-folder.ts';

/** Synthesizes the stacks of clusters, once in a test run for the same settings, and returns the folder. Tests must not change it. */
export async function assemblyOf(...clusters: readonly object[]): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(clusters)).digest('hex');
  return sharedFolder(`assemblies/${key}`, async (folder) => {
    // Loading CDK takes longer than most tests.
    const { synthesize } = await import('../../../local/synthesize.ts');
    const { Code } = await import('aws-cdk-lib/aws-lambda');
    const isInCluster = clusters.some((one) => 'runsIn' in one && one.runsIn === 'cluster');
    const runsIn = isInCluster ? 'cluster' : 'lambda';
    const [code, chart] = [await functionsFolder(), await chartFolder(runsIn)];
    await synthesize(folder, clusters, {
      createCode: () => Code.fromAsset(code),
      writeChart: (target) => cpSync(chart, target, { recursive: true }),
    });
  });
}

/** The bundled code of the functions, once in a test run. */
function functionsFolder(): Promise<string> {
  return sharedFolder('functions', async (folder) => {
    const { bundleFunctions, FUNCTIONS_FOLDER } = await import(
      '../../../infra/functions/bundle.ts'
    );
    for (const { path, contents } of bundleFunctions(FUNCTIONS_FOLDER).files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), contents);
    }
  });
}

/** The chart with the bundled process, once in a test run. */
function chartFolder(runsIn: 'lambda' | 'cluster'): Promise<string> {
  return sharedFolder(`chart-${runsIn}`, async (folder) => {
    const { codeOf, writeChart } = await import('../../../infra/chart/chart-files.ts');
    writeChart(folder, codeOf({ runsIn }));
  });
}

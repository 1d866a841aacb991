import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAssembly } from '../../../local/assembly/assembly.ts';
import { synthesize } from '../../../local/synthesize.ts';
import { drawSampleDashboard } from './sample-dashboard.ts';

const TARGET = { account: '123456789012', region: 'eu-central-1' };

/** The cluster of the dashboard. The chart is omitted because it only makes synthesis slower. */
const CLUSTER = {
  ...TARGET,
  clusterName: 'production',
  assumableRoles: ['app-*'],
  installChart: false,
};

/** Synthesizes the stack and draws its dashboard with sample data, as SVG. The result depends only on the stack and the data. */
export async function synthesizedPicture(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-aws-iam-'));
  try {
    await synthesize(folder, [CLUSTER]);
    return drawSampleDashboard(loadAssembly(folder, { ...TARGET, partition: 'aws' }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

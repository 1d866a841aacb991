import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAssembly } from '../../../local/assembly/assembly.ts';
import { synthesize } from '../../../local/synthesize.ts';
import { drawSampleDashboard } from './sample-dashboard.ts';

const TARGET = { account: '123456789012', region: 'eu-central-1' };

/** The cluster whose dashboard is shown. Without the chart, which would take longer and has no dashboard. */
const CLUSTER = {
  ...TARGET,
  clusterName: 'production',
  assumableRoles: ['app-*'],
  installChart: false,
};

/** The dashboard that the stack has, with sample data, as SVG: the same each time, until the stack or the data change. */
export async function synthesizedPicture(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-aws-iam-'));
  try {
    await synthesize(folder, [CLUSTER]);
    return drawSampleDashboard(loadAssembly(folder, { ...TARGET, partition: 'aws' }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

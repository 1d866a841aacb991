import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, CustomObjectsApi } from '@kubernetes/client-node';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { resourcesOf } from '../assembly/assembly.ts';
import type { HelmChart } from '../assembly/resources/helm-chart.ts';
import { MovableClock } from '../clock.ts';
import { type EmbeddedCloud, startCloud } from '../cloud.ts';
import { synthesize } from '../synthesize.ts';
import { adminConfig, type InstalledCluster, type InstallOnCluster } from './installed-cluster.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const CLUSTER_NAME = 'demo';
export const REFRESHER_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/kube-aws-iam-${REGION}-${CLUSTER_NAME}`;

/** Everything that the demo runs in. */
export interface Installation {
  readonly clock: MovableClock;
  readonly cloud: EmbeddedCloud;
  readonly cluster: InstalledCluster;
  /** The chart that is in the cluster. */
  readonly chart: HelmChart;
  /** The cluster's API as an administrator's kubectl uses it. */
  readonly admin: CoreV1Api;
  /** The same, for AWSIAMRoles. */
  readonly customObjects: CustomObjectsApi;
  /** A folder for files, which is gone at the end. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Makes a folder, to begin with. */
export function createTemporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'kube-aws-iam-demo-'));
}

/** Synthesizes the product's stack for the demo's cluster. */
export async function synthesizeProduct(folder: string): Promise<string> {
  const assemblyDir = join(folder, 'cdk.out');
  const assumableRoles = ['demo-*', 'team/Demo-*'];
  await synthesize(assemblyDir, [{ clusterName: CLUSTER_NAME, assumableRoles }]);
  return assemblyDir;
}

/** Starts an AWS from the assembly, and a cluster that takes its tokens. */
export async function startInstallation(
  folder: string,
  assemblyDir: string,
  startCluster: InstallOnCluster,
  say: PrintDetail,
): Promise<Installation> {
  const clock = new MovableClock();
  clock.advance(secondsToNextTenMinutes(clock.now()));
  const cloud = await startCloud({ assemblyDir, clock, account: ACCOUNT, region: REGION });
  const authenticate = cloud.authenticateToken(CLUSTER_NAME);
  const [chart] = resourcesOf(cloud.assembly, 'helm-chart');
  if (chart === undefined) throw new Error('the stack installs no chart');
  const cluster = await startCluster({ clock, authenticate, chart, folder, say }).catch(
    async (error: unknown) => {
      await cloud.stop();
      throw error;
    },
  );
  const { url: endpoint, caPem } = cluster;
  cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint, caPem });
  const config = adminConfig(cluster);
  return {
    clock,
    cloud,
    cluster,
    chart,
    admin: config.makeApiClient(CoreV1Api),
    customObjects: config.makeApiClient(CustomObjectsApi),
    folder,
    async stop() {
      await cloud.stop();
      await cluster.stop();
    },
  };
}

/** The demo begins at a whole ten minutes, so that sweeps come at the same points of every telling. */
function secondsToNextTenMinutes(now: Date): number {
  const tenMinutes = 600_000;
  return (tenMinutes - (now.getTime() % tenMinutes)) / 1_000;
}

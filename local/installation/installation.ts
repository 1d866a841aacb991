import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, CustomObjectsApi } from '@kubernetes/client-node';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { resourcesOf } from '../assembly/assembly.ts';
import type { StartEnvironmentProcess } from '../aws/lambda/environment-process.ts';
import { MovableClock } from '../clock.ts';
import { type EmbeddedCloud, startCloud } from '../cloud.ts';
import { synthesize } from '../synthesize.ts';
import {
  adminConfig,
  type InstalledChart,
  type InstalledCluster,
  type InstallOnCluster,
} from './installed-cluster.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const CLUSTER_NAME = 'demo';
export const REFRESHER_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/kube-aws-iam-${REGION}-${CLUSTER_NAME}`;

/** The product as `cdk deploy` leaves it: the stack in an embedded AWS, and the chart in a cluster. */
export interface Installation {
  readonly clock: MovableClock;
  readonly cloud: EmbeddedCloud;
  readonly cluster: InstalledCluster;
  /** The chart that is installed in the cluster. */
  readonly chart: InstalledChart;
  /** A client of the cluster with administrator permissions. */
  readonly admin: CoreV1Api;
  /** The same for AWSIAMRoles. */
  readonly customObjects: CustomObjectsApi;
  /** Folder for temporary files. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Creates a folder for the files of an installation. */
export function createTemporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'kube-aws-iam-demo-'));
}

/** Synthesizes the stack for the cluster `demo`. Returns the folder of the assembly. */
export async function synthesizeProduct(
  folder: string,
  assumableRoles: readonly string[] = ['demo-*', 'team/Demo-*'],
  settings: object = {},
): Promise<string> {
  const assemblyDir = join(folder, 'cdk.out');
  await synthesize(assemblyDir, [{ clusterName: CLUSTER_NAME, assumableRoles, ...settings }]);
  return assemblyDir;
}

/**
 * Starts an embedded AWS from the assembly, and a cluster that accepts its EKS tokens.
 *
 * @param options.clock - by default starts at a multiple of ten minutes, so that sweeps happen at the same times in every run
 * @param options.startProcess - starts the processes of the functions; by default, with the embedded runtime
 */
export async function startInstallation(
  folder: string,
  assemblyDir: string,
  installOnCluster: InstallOnCluster,
  print: PrintDetail,
  {
    clock = clockAtTenMinutes(),
    startProcess,
  }: {
    readonly clock?: MovableClock;
    readonly startProcess?: StartEnvironmentProcess | undefined;
  } = {},
): Promise<Installation> {
  const place = { account: ACCOUNT, region: REGION };
  const cloud = await startCloud({ assemblyDir, clock, startProcess, ...place });
  const authenticate = cloud.authenticateToken(CLUSTER_NAME);
  const [chart] = resourcesOf(cloud.assembly, 'helm-chart');
  if (chart === undefined) throw new Error('the stack installs no chart');
  const cluster = await installOnCluster({ authenticate, chart, clock, folder, print }).catch(
    async (error: unknown) => {
      await cloud.stop();
      throw error;
    },
  );
  const { url: endpoint, caPem } = cluster;
  cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint, caPem });
  return installationOf({ clock, cloud, cluster, chart, folder });
}

/** Returns an installation with clients of its cluster. */
export function installationOf(
  parts: Pick<Installation, 'clock' | 'cloud' | 'cluster' | 'chart' | 'folder'>,
): Installation {
  const { cloud, cluster } = parts;
  const config = adminConfig(cluster);
  return {
    ...parts,
    admin: config.makeApiClient(CoreV1Api),
    customObjects: config.makeApiClient(CustomObjectsApi),
    async stop() {
      await cloud.stop();
      await cluster.stop();
    },
  };
}

/** Returns a clock that starts at a multiple of ten minutes. */
export function clockAtTenMinutes(): MovableClock {
  const tenMinutesMs = 600_000;
  const clock = new MovableClock();
  clock.advance((tenMinutesMs - (clock.now().getTime() % tenMinutesMs)) / 1_000);
  return clock;
}

import { KubeConfig } from '@kubernetes/client-node';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import type { HelmChart } from '../assembly/resources/helm-chart.ts';
import type { MovableClock } from '../clock.ts';
import type { Authenticate } from '../kubernetes/access/user-info.ts';

/** A cluster that the demo is told on, with the chart in it. */
export interface InstalledCluster {
  readonly url: string;
  readonly caPem: string;
  readonly adminToken: string;
  /** Where its kubelet keeps a pod's volumes: `kubernetes.io~secret/<volume>/<key>` below. */
  podVolumesPath(podUid: string): string;
  /** Has the kubelet look at a pod's volumes soon, which by itself it may do a minute later. */
  syncVolumes(namespace: string, pod: string): Promise<void>;
  /** The token of the forwarder's ServiceAccount, once that pod of it runs. */
  forwarderToken(podUid: string): Promise<string>;
  stop(): Promise<void>;
}

/** What a cluster is started with. */
export interface InstallInput {
  readonly clock: MovableClock;
  /** Whose an EKS token is. */
  readonly authenticate: Authenticate;
  /** The chart as the stack has it installed. */
  readonly chart: HelmChart;
  /** A folder for its files. */
  readonly folder: string;
  readonly say: PrintDetail;
}

/** Starts a cluster, and brings the chart into it as far as it can take one. */
export type InstallOnCluster = (input: InstallInput) => Promise<InstalledCluster>;

/** The way of an administrator's kubectl into a cluster. */
export function adminConfig({
  url,
  caPem,
  adminToken,
}: Pick<InstalledCluster, 'url' | 'caPem' | 'adminToken'>): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'demo',
      server: url,
      caData: Buffer.from(caPem).toString('base64'),
      skipTLSVerify: false,
    },
    { name: 'admin', token: adminToken },
  );
  return config;
}

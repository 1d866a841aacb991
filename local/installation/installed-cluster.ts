import { KubeConfig } from '@kubernetes/client-node';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import type { HelmChart } from '../assembly/resources/helm-chart.ts';
import type { MovableClock } from '../clock.ts';
import type { Authenticate } from '../kubernetes/access/user-info.ts';

/** A cluster with the product's chart. */
export interface InstalledCluster {
  readonly url: string;
  readonly caPem: string;
  readonly adminToken: string;
  /** The folder of a pod's volumes, which contains `kubernetes.io~secret/<volume>/<key>`. */
  podVolumesPath(podUid: string): string;
  /** Triggers an update of a pod's volumes, which a kubelet otherwise does within a minute. */
  syncVolumes(namespace: string, pod: string): Promise<void>;
  /** The token of the forwarder's ServiceAccount, once this pod is running. */
  forwarderToken(podUid: string): Promise<string>;
  stop(): Promise<void>;
}

/** A chart, with the values of the stack. */
export type InstalledChart = Pick<HelmChart, 'release' | 'namespace' | 'chartFolder' | 'values'>;

export interface InstallInput {
  readonly clock: MovableClock;
  /** Authenticates EKS tokens. */
  readonly authenticate: Authenticate;
  readonly chart: HelmChart;
  /** Folder for temporary files. */
  readonly folder: string;
  readonly print: PrintDetail;
}

/** Starts a cluster and installs the chart. */
export type InstallOnCluster = (input: InstallInput) => Promise<InstalledCluster>;

/** Returns a kubeconfig with the cluster's admin token. */
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

import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { StartEnvironmentProcess } from '../../../local/aws/lambda/environment-process.ts';
import type { MovableClock } from '../../../local/clock.ts';
import { authorizeByRules } from '../../../local/kubernetes/access/authorization.ts';
import { chartRules } from '../../../local/kubernetes/access/chart-rules.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../local/kubernetes/embedded-cluster.ts';
import { type Deployment, deploy } from './deployment.ts';

/** The deployed product, connected to an embedded cluster with the permissions of the chart. */
export interface EmbeddedDeployment extends Deployment {
  readonly cluster: EmbeddedCluster;
  /** Client of the cluster's admin. */
  readonly admin: CoreV1Api;
}

/** Deploys the stack with these settings, connected to an embedded cluster. */
export async function deployEmbedded(
  settings: object = {},
  startClock?: () => MovableClock,
  startProcess?: StartEnvironmentProcess,
  accountConcurrency?: number,
): Promise<EmbeddedDeployment> {
  const authorize = authorizeByRules(await chartRules());
  const deployment = await deploy(
    (authenticate, clock) => startEmbeddedCluster({ clock, authenticate, authorize }),
    settings,
    startClock,
    startProcess,
    accountConcurrency,
  );
  const { url: server, caPem, adminToken: token } = deployment.cluster;
  const config = new KubeConfig();
  const caData = Buffer.from(caPem).toString('base64');
  config.loadFromClusterAndUser(
    { name: 'test', server, caData, skipTLSVerify: false },
    { name: 'admin', token },
  );
  return { ...deployment, admin: config.makeApiClient(CoreV1Api) };
}

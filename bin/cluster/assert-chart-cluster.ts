import { ENVIRONMENT } from '../../contract/environment.ts';
import {
  FORWARDER_ENVIRONMENT,
  FORWARDER_SERVICE_ACCOUNT,
  PRODUCT_NAMESPACE,
} from '../../contract/forwarder.ts';
import { HTTP_STATUS } from '../../contract/http-status.ts';
import { REFRESHER_DEPLOYMENT } from '../../contract/kubernetes/refresher-lease.ts';
import { eventBusNameOf } from '../../infra/names.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { refresherDeployment } from '../in-cluster/refresher-deployment.ts';
import type { ClusterConfig } from './cluster-config.ts';

/** For which cluster the chart should be installed. */
interface ConfiguredChart extends Pick<ClusterConfig, 'runsIn'> {
  readonly config: Pick<ClusterConfig['config'], 'clusterName' | 'region'>;
}

/**
 * Asserts that the chart in a cluster was installed for the configured cluster: its forwarder sends to the event bus of the
 * stack, or its refresher has the cluster's name. It identifies a cluster whose address says nothing, as behind a proxy.
 * Without the chart, or the permission to read it, nothing is known.
 *
 * @param context - of the kubeconfig
 * @throws {ClusterSetupError} when it was installed for another cluster
 */
export async function assertChartCluster(
  connection: KubernetesConnection,
  context: string,
  { config, runsIn }: ConfiguredChart,
  signal: AbortSignal,
): Promise<void> {
  const isInCluster = runsIn === 'cluster';
  const name = isInCluster ? REFRESHER_DEPLOYMENT : FORWARDER_SERVICE_ACCOUNT;
  const { status, body } = await connection.send({
    method: 'GET',
    path: `/apis/apps/v1/namespaces/${PRODUCT_NAMESPACE}/deployments/${name}`,
    headers: { accept: 'application/json' },
    signal,
  });
  if (status !== HTTP_STATUS.ok) return;
  const { environment } = refresherDeployment.parse(JSON.parse(body.toString()));
  const variable = isInCluster ? ENVIRONMENT.clusterName : FORWARDER_ENVIRONMENT.eventBusName;
  const expected = isInCluster ? config.clusterName : eventBusNameOf(config.clusterName);
  const isSame = environment[variable] === expected && environment['AWS_REGION'] === config.region;
  if (isSame) return;
  throw new ClusterSetupError(
    `the chart in the cluster of context "${context}" was installed for another cluster than "${config.clusterName}" in ${config.region}: its Deployment ${name} has ${variable}=${environment[variable] ?? ''} in ${environment['AWS_REGION'] ?? 'an unknown region'} instead of ${expected}. Choose the matching --context, or --cluster and --region`,
  );
}

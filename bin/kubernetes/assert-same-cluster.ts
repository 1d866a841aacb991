import type { RefresherConfig } from '../../lambda/config.ts';
import { ClusterSetupError } from '../../lambda/errors.ts';
import type { LoadedContext } from './load-kubeconfig.ts';

/** What `aws eks update-kubeconfig` calls a cluster. */
const EKS_ARN = /^arn:[a-z-]+:eks:([a-z0-9-]+):\d{12}:cluster\/([\w-]+)$/;

/**
 * Makes sure that the kubeconfig and the configuration are about one cluster, where the kubeconfig says which EKS cluster
 * it is about: the rules of one applied to the pods of another would be an answer to no question.
 *
 * @throws {ClusterSetupError}
 */
export function assertSameCluster(
  {
    name,
    cluster,
  }: { readonly name: string; readonly cluster: Pick<LoadedContext['cluster'], 'name'> },
  { clusterName, region }: Pick<RefresherConfig, 'clusterName' | 'region'>,
): void {
  const [, regionThere, clusterThere] = EKS_ARN.exec(cluster.name) ?? [];
  if (clusterThere === undefined || (clusterThere === clusterName && regionThere === region))
    return;
  throw new ClusterSetupError(
    `context "${name}" is of EKS cluster "${clusterThere}" in ${regionThere}, and the configuration of "${clusterName}" in ${region}: say the right --context, or --cluster and --region`,
  );
}

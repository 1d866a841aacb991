import type { RefresherConfig } from '../../lambda/config.ts';
import { ClusterSetupError } from '../../lambda/errors.ts';
import type { LoadedContext } from './load-kubeconfig.ts';

/** What `aws eks update-kubeconfig` calls a cluster, and what eksctl does. */
const EKS_NAMES = [
  /^arn:[a-z-]+:eks:(?<region>[a-z0-9-]+):\d{12}:cluster\/(?<name>[\w-]+)$/,
  /^(?<name>[\w-]+)\.(?<region>[a-z0-9-]+)\.eksctl\.io$/,
];

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
  const there = EKS_NAMES.map((form) => form.exec(cluster.name)?.groups).find(Boolean);
  if (there === undefined) return;
  if (there['name'] === clusterName && there['region'] === region) return;
  throw new ClusterSetupError(
    `context "${name}" is of EKS cluster "${there['name']}" in ${there['region']}, and the configuration of "${clusterName}" in ${region}: say the right --context, or --cluster and --region`,
  );
}

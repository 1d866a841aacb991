import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { LoadedContext } from './load-kubeconfig.ts';

/** What `aws eks update-kubeconfig` calls a cluster, and what eksctl does. */
const EKS_NAMES = [
  /^arn:[a-z-]+:eks:(?<region>[a-z0-9-]+):(?<account>\d{12}):cluster\/(?<name>[\w-]+)$/,
  /^(?<name>[\w-]+)\.(?<region>[a-z0-9-]+)\.eksctl\.io$/,
];

/** The EKS cluster that a configuration is of. */
export interface ConfiguredCluster {
  readonly clusterName: string;
  readonly region: string;
  /** Undefined where nobody knows it. */
  readonly account: string | undefined;
}

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
  { clusterName, region, account }: ConfiguredCluster,
): void {
  const there = EKS_NAMES.map((form) => form.exec(cluster.name)?.groups).find(Boolean);
  if (there === undefined) return;
  const isSame = there['name'] === clusterName && there['region'] === region;
  // eksctl's names hold no account.
  const isSameAccount = account === undefined || (there['account'] ?? account) === account;
  if (isSame && isSameAccount) return;
  throw new ClusterSetupError(
    `context "${name}" is of EKS cluster "${there['name']}" in ${inPlace(there['region'], there['account'])}, and the configuration of "${clusterName}" in ${inPlace(region, account)}: say the right --context, or --cluster and --region`,
  );
}

function inPlace(region: string | undefined, account: string | undefined): string {
  return account === undefined ? `${region}` : `${region} of account ${account}`;
}

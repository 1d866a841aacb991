import { type ClusterArn, parseClusterArn } from '../../contract/aws/cluster-arn.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { LoadedContext } from './kubeconfig-schema.ts';

/** Cluster name that eksctl writes to a kubeconfig. */
const EKSCTL_NAME = /^(?<clusterName>[\w-]+)\.(?<region>[a-z0-9-]+)\.eksctl\.io$/;

/** The EKS cluster of a configuration. */
interface ConfiguredCluster {
  readonly clusterName: string;
  readonly region: string;
  /** Undefined if unknown. */
  readonly account: string | undefined;
}

/**
 * Asserts that the kubeconfig and the configuration belong to the same cluster, as far as the kubeconfig identifies an
 * EKS cluster: by the ARN that `aws eks update-kubeconfig` writes, or the name that eksctl writes.
 *
 * @throws {ClusterSetupError} when they do not: the rules of one cluster say nothing about the pods of another
 */
export function assertSameCluster(
  {
    name,
    cluster,
  }: { readonly name: string; readonly cluster: Pick<LoadedContext['cluster'], 'name'> },
  { clusterName, region, account }: ConfiguredCluster,
): void {
  const actual = eksClusterOf(cluster.name);
  if (actual === undefined) return;
  const isSame = actual.clusterName === clusterName && actual.region === region;
  // eksctl's names contain no account.
  const isSameAccount = account === undefined || (actual.account ?? account) === account;
  if (isSame && isSameAccount) return;
  throw new ClusterSetupError(
    `context "${name}" is for EKS cluster "${actual.clusterName}" (${location(actual)}), but the configuration is for "${clusterName}" (${location({ region, account })}): choose the matching --context, or --cluster and --region`,
  );
}

type EksCluster = Pick<ClusterArn, 'clusterName' | 'region'> & { readonly account?: string };

/** Returns the EKS cluster that the AWS CLI or eksctl named in a kubeconfig. */
export function eksClusterOf(kubeconfigName: string): EksCluster | undefined {
  const arn = parseClusterArn(kubeconfigName);
  if (arn !== undefined) return arn;
  const { clusterName, region } = EKSCTL_NAME.exec(kubeconfigName)?.groups ?? {};
  return clusterName === undefined || region === undefined ? undefined : { clusterName, region };
}

function location({
  region,
  account,
}: {
  readonly region: string;
  readonly account?: string | undefined;
}): string {
  return account === undefined ? region : `${region}, account ${account}`;
}

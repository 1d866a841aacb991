import {
  type Cluster,
  DescribeClusterCommand,
  type DescribeClusterCommandOutput,
} from '@aws-sdk/client-eks';
import type { RefresherError } from '../../contract/errors.ts';
import { type CachedValue, cacheValue } from '../cached-value.ts';
import type { ClusterAddress } from '../connection/cluster-address.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../errors.ts';
import { type EndpointAccess, endpointAccessOf } from './endpoint-access.ts';

/** The address of a cluster on EKS. */
export interface EksClusterAddress extends ClusterAddress {
  /** Absent if it is unknown. */
  readonly access?: EndpointAccess;
}

/** The part of `EKSClient` that is used. */
interface EksApi {
  send(command: DescribeClusterCommand): Promise<DescribeClusterCommandOutput>;
}

/**
 * Looks up the address of an EKS cluster and caches it. It changes only when a cluster is recreated under the same
 * name, when EKS replaces its certificate authority, or when somebody changes the access to its endpoint.
 *
 * `get` throws a ClusterSetupError when the cluster does not exist, cannot be described, or does not support access
 * entries, and a ClusterUnreachableError when it is still being created or EKS does not answer.
 */
export function eksClusterEndpoint(
  eks: EksApi,
  clusterName: string,
): CachedValue<EksClusterAddress> {
  return cacheValue(async () => addressOf(await describe(eks, clusterName), clusterName));
}

async function describe(eks: EksApi, clusterName: string): Promise<Cluster> {
  try {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: clusterName }));
    return cluster ?? {};
  } catch (error) {
    throw describeFailure(error, clusterName);
  }
}

/** Truncates error text: a proxy in front of EKS may return a body of any size. */
const MAX_MESSAGE_LENGTH = 1_000;
const MAX_CODE_LENGTH = 100;

function describeFailure(cause: unknown, clusterName: string): RefresherError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const name = error.name.slice(0, MAX_CODE_LENGTH);
  const message = error.message.slice(0, MAX_MESSAGE_LENGTH);
  if (name === 'ResourceNotFoundException') {
    return new ClusterSetupError(
      `EKS cluster "${clusterName}" does not exist in this account and region (${message}). Fix the cluster's name in the configuration, or deploy the stack to the cluster's account and region.`,
      { cause },
    );
  }
  if (name === 'AccessDeniedException') {
    return new ClusterSetupError(
      `The refresher's role is not allowed to describe EKS cluster "${clusterName}" (${message}). Its policy must allow eks:DescribeCluster on the cluster, and no service control policy or permissions boundary may deny it.`,
      { cause },
    );
  }
  return new ClusterUnreachableError(
    `The endpoint of EKS cluster "${clusterName}" could not be looked up (${name}: ${message}). The next pass tries again; if the error persists, check that the function can reach the EKS API (in a VPC: through a NAT gateway or an interface endpoint for eks).`,
    { cause },
  );
}

function addressOf(cluster: Cluster, clusterName: string): EksClusterAddress {
  const { endpoint: url, status = 'unknown' } = cluster;
  const data = cluster.certificateAuthority?.data;
  if (status === 'DELETING' || status === 'FAILED') {
    throw new ClusterSetupError(
      `EKS cluster "${clusterName}" has status ${truncated(status)}. Recreate the cluster, or destroy the stack if the cluster is no longer needed.`,
    );
  }
  if (url === undefined || data === undefined) {
    throw new ClusterUnreachableError(
      `EKS cluster "${clusterName}" has no endpoint yet (status ${truncated(status)}). Wait until it is ACTIVE.`,
    );
  }
  if (cluster.accessConfig?.authenticationMode === 'CONFIG_MAP') {
    throw new ClusterSetupError(
      [
        `EKS cluster "${clusterName}" has authentication mode CONFIG_MAP, so the access entry of the refresher's role has no effect.`,
        `Run: aws eks update-cluster-config --name ${clusterName} --access-config authenticationMode=API_AND_CONFIG_MAP`,
        '(entries in aws-auth stay valid; the mode cannot be changed back). Then deploy the stack again if its access entry does not exist yet.',
      ].join(' '),
    );
  }
  // The SDK checks no types. Node treats an empty CA as "trust public CAs", and a token must never be sent unencrypted.
  const certificateAuthority = Buffer.from(String(data), 'base64').toString();
  const isCertificate = certificateAuthority.includes('-----BEGIN CERTIFICATE-----');
  if (!isCertificate || !isHttps(url)) {
    throw new ClusterSetupError(
      `EKS cluster "${clusterName}" is described without an https endpoint or without a certificate authority (endpoint ${truncated(url)}). Check that AWS_ENDPOINT_URL_EKS, if set, points to EKS.`,
    );
  }
  return { url, certificateAuthority, access: endpointAccessOf(cluster.resourcesVpcConfig) };
}

function truncated(value: unknown): string {
  return String(value).slice(0, MAX_CODE_LENGTH);
}

function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}

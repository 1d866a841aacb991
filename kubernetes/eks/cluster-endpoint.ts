import {
  type Cluster,
  DescribeClusterCommand,
  type DescribeClusterCommandOutput,
} from '@aws-sdk/client-eks';
import type { RefresherError } from '../../contract/errors.ts';
import { type Remembered, remember } from '../connection/cached-value.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../errors.ts';

/** Where the cluster's API is, and how to know that it is the cluster's. */
export interface ClusterAddress {
  /** Of scheme `https`, without a path. */
  readonly url: string;
  /** The certificates, as PEM, of which one has to have signed the API server's. */
  readonly certificateAuthority: string;
}

/** What is asked of EKS; an `EKSClient` has it. */
export interface DescribesClusters {
  send(command: DescribeClusterCommand): Promise<DescribeClusterCommandOutput>;
}

/**
 * The address of an EKS cluster, asked for once and remembered: it changes only when a cluster is made anew under its
 * name, and its certificate authority when EKS replaces that.
 *
 * `get` throws a ClusterSetupError when the cluster is not there, may not be described, or takes no access entries; a
 * ClusterUnreachableError when it is still being created or EKS does not answer.
 */
export function eksClusterEndpoint(
  eks: DescribesClusters,
  clusterName: string,
): Remembered<ClusterAddress> {
  return remember(async () => addressOf(await describe(eks, clusterName), clusterName));
}

async function describe(eks: DescribesClusters, clusterName: string): Promise<Cluster> {
  try {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: clusterName }));
    return cluster ?? {};
  } catch (error) {
    throw describeFailure(error, clusterName);
  }
}

/** What is told of an answer, which may be of any size where something else answers for EKS. */
const LONGEST_MESSAGE = 1_000;
const LONGEST_CODE = 100;

function describeFailure(cause: unknown, clusterName: string): RefresherError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const name = error.name.slice(0, LONGEST_CODE);
  const message = error.message.slice(0, LONGEST_MESSAGE);
  if (name === 'ResourceNotFoundException') {
    return new ClusterSetupError(
      `There is no EKS cluster "${clusterName}" in this account and region (${message}). Correct the cluster's name in the configuration, or deploy the stack where the cluster is.`,
      { cause },
    );
  }
  if (name === 'AccessDeniedException') {
    return new ClusterSetupError(
      `The refresher's role may not describe EKS cluster "${clusterName}" (${message}). Its policy has to allow eks:DescribeCluster on the cluster, and no service control policy or permissions boundary may deny it.`,
      { cause },
    );
  }
  return new ClusterUnreachableError(
    `EKS did not say where cluster "${clusterName}" is (${name}: ${message}). The next run asks again; if it lasts, check that the function can reach the EKS API (in a VPC: a NAT gateway or an interface endpoint for eks).`,
    { cause },
  );
}

function addressOf(cluster: Cluster, clusterName: string): ClusterAddress {
  const { endpoint: url, status = 'unknown' } = cluster;
  const data = cluster.certificateAuthority?.data;
  if (status === 'DELETING' || status === 'FAILED') {
    throw new ClusterSetupError(
      `EKS cluster "${clusterName}" has status ${shown(status)}. Destroy the stack of a cluster that is going, or make the cluster anew.`,
    );
  }
  if (url === undefined || data === undefined) {
    throw new ClusterUnreachableError(
      `EKS cluster "${clusterName}" has no endpoint yet (status ${shown(status)}). Wait until it is ACTIVE.`,
    );
  }
  if (cluster.accessConfig?.authenticationMode === 'CONFIG_MAP') {
    throw new ClusterSetupError(configMapOnly(clusterName));
  }
  // The SDK checks no types. Node takes an empty CA for "trust the public ones", and a token must never leave unencrypted.
  const certificateAuthority = Buffer.from(String(data), 'base64').toString();
  const isCertificate = certificateAuthority.includes('-----BEGIN CERTIFICATE-----');
  if (!isCertificate || !isHttps(url)) {
    throw new ClusterSetupError(
      `EKS describes cluster "${clusterName}" without an https endpoint or without a certificate authority (endpoint ${shown(url)}). Is AWS_ENDPOINT_URL_EKS set to something that is not EKS?`,
    );
  }
  return { url, certificateAuthority };
}

function shown(value: unknown): string {
  return String(value).slice(0, LONGEST_CODE);
}

function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}

function configMapOnly(clusterName: string): string {
  return [
    `EKS cluster "${clusterName}" has authentication mode CONFIG_MAP, so the access entry of the refresher's role has no effect.`,
    `Run: aws eks update-cluster-config --name ${clusterName} --access-config authenticationMode=API_AND_CONFIG_MAP`,
    '(what aws-auth says stays in force; EKS does not let the mode go back). Then deploy the stack again if it has no access entry yet.',
  ].join(' ');
}

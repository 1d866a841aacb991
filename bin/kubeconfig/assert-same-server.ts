import { readCertificateAuthorities } from '../../infra/settings/certificate-authorities.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import { eksClusterOf } from './assert-same-cluster.ts';
import { certificateAuthorityOf } from './kubeconfig-credentials.ts';
import type { LoadedContext } from './kubeconfig-schema.ts';

/** What is known about the API server of a cluster that is not on EKS. */
export interface ExpectedServer {
  /** Undefined if only the functions know it. */
  readonly url?: string | undefined;
  /** PEM, or the base64 of it. */
  readonly certificateAuthority?: string | undefined;
}

/** Returns what the settings say about the API server; nothing if they have no such setting. */
export function expectedServer({
  server: url,
  certificateAuthority,
}: {
  readonly server?: string | undefined;
  readonly certificateAuthority?: string | undefined;
} = {}): ExpectedServer {
  return { url, certificateAuthority };
}

/** The configured cluster. */
interface ConfiguredCluster {
  readonly clusterName: string;
  readonly server: ExpectedServer;
}

/**
 * Returns whether a context connects to the API server of the settings: it has the same address, or the same certificate
 * authority, as through a tunnel. Undefined if neither tells: a proxy in front of the cluster has its own of both.
 *
 * @throws {ClusterSetupError} when it certainly connects to another cluster
 */
export function isSameServer(
  context: Pick<LoadedContext, 'name' | 'cluster'>,
  { clusterName, server: { url, certificateAuthority } }: ConfiguredCluster,
): true | undefined {
  const { server, name } = context.cluster;
  if (url === undefined) return undefined;
  if (originOf(server) === originOf(url)) return true;
  if (sharesAuthority(certificateAuthorityOf(context), certificateAuthority)) return true;
  if (eksClusterOf(name) === undefined) return undefined;
  throw new ClusterSetupError(
    `context "${context.name}" is for ${server}, an EKS cluster, but cluster "${clusterName}" is at ${url}: choose the matching --context, or correct "kubernetes.server" in cdk.json`,
  );
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

function sharesAuthority(one: string | undefined, other: string | undefined): boolean {
  const [mine, others] = [one, other].map((text) =>
    (text === undefined ? [] : (readCertificateAuthorities(text).certificates ?? [])).map(
      ({ fingerprint256 }) => fingerprint256,
    ),
  );
  return mine?.some((fingerprint) => others?.includes(fingerprint)) ?? false;
}

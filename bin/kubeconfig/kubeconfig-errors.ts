import { apiErrorOf } from '../../kubernetes/api-error.ts';
import {
  type ConnectionFailure,
  isCertificateFailure,
} from '../../kubernetes/connection/connection-failure.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { ApiResponse } from '../../kubernetes/kubernetes-connection.ts';
import type { LoadedContext } from './load-kubeconfig.ts';
import { proxyOf } from './proxy-of.ts';

type Party = Pick<LoadedContext, 'name' | 'cluster'>;

/** The cluster did not take the credentials of the context (401). */
export function notKnown({ name, cluster }: Party, response: ApiResponse): ClusterSetupError {
  return new ClusterSetupError(
    `the cluster at ${cluster.server} does not know you by context "${name}" (${apiErrorOf(response).message}). ` +
      'Log in again; for EKS, "aws sts get-caller-identity" has to name a principal with an access entry of the cluster.',
  );
}

/** The cluster did not answer. */
export function notReached(
  { name, cluster }: Party,
  failure: ConnectionFailure,
  cause: unknown,
): ClusterUnreachableError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ClusterUnreachableError(
    `the cluster at ${cluster.server} (context "${name}") ${SAID[failure]}: ${message || codeOf(cause)}. ${remedyFor(failure, cause)}${noteOnProxy(cluster)}`,
    { cause },
  );
}

const SAID: Readonly<Record<ConnectionFailure, string>> = {
  astray: 'cannot be reached',
  broken: 'closes every connection',
  slow: 'does not answer in time',
};

function remedyFor(failure: ConnectionFailure, cause: unknown): string {
  if (isCertificateFailure(cause)) {
    return (
      'Its certificate is not of the authority that the kubeconfig names. If the cluster was made anew, make its kubeconfig anew ' +
      '(aws eks update-kubeconfig --name CLUSTER); if not, something between you and the cluster answers in its place.'
    );
  }
  return failure === 'astray'
    ? 'Is it the right context (kubectl config get-contexts)? A private endpoint needs a way into its network, such as a VPN or proxy-url in the kubeconfig.'
    : 'Try again; if it lasts, look at the load of the control plane and at what is between it and you.';
}

/** The trouble may be the proxy's. Its URL may hold a password. */
function noteOnProxy(cluster: Party['cluster']): string {
  const proxy = proxyOf(cluster);
  if (proxy === undefined) return '';
  const { host } = new URL(proxy.url);
  return proxy.source === 'kubeconfig'
    ? ` The way there is through proxy ${host} (proxy-url in the kubeconfig).`
    : ` The way there is through proxy ${host} (HTTPS_PROXY), unless NO_PROXY names the server.`;
}

/** An error of several addresses has no message of its own. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
}

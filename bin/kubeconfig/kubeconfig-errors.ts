import { errorMessageOf } from '../../contract/errors.ts';
import { apiErrorOf } from '../../kubernetes/api-error.ts';
import {
  type ConnectionFailure,
  FAILURE_TEXT,
  isCertificateFailure,
} from '../../kubernetes/connection/connection-failure.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { ApiResponse } from '../../kubernetes/kubernetes-connection.ts';
import { describeProxy, type ProxyServer } from '../proxy/proxy.ts';
import type { LoadedContext } from './kubeconfig-schema.ts';

type NamedCluster = Pick<LoadedContext, 'name' | 'cluster'>;

/** The cluster rejected the credentials of the context (401). */
export function credentialsRejected(
  { name, cluster }: NamedCluster,
  response: ApiResponse,
): ClusterSetupError {
  return new ClusterSetupError(
    `the cluster at ${cluster.server} does not accept the credentials of context "${name}" (${apiErrorOf(response).message}). ` +
      'Log in again. For EKS, the principal of "aws sts get-caller-identity" needs an access entry of the cluster.',
  );
}

/** The cluster did not answer, through the proxy if there is one. */
export function unreachable(
  { name, cluster, proxy }: NamedCluster & { readonly proxy: ProxyServer | undefined },
  failure: ConnectionFailure,
  cause: unknown,
): ClusterUnreachableError {
  const message = errorMessageOf(cause);
  const note = proxy === undefined ? '' : ` ${describeProxy(proxy, cause)}`;
  return new ClusterUnreachableError(
    `the cluster at ${cluster.server} (context "${name}") ${FAILURE_TEXT[failure]}: ${message || codeOf(cause)}. ${remedyFor(failure, cause)}${note}`,
    { cause },
  );
}

function remedyFor(failure: ConnectionFailure, cause: unknown): string {
  if (isCertificateFailure(cause)) {
    return (
      'Its certificate is not signed by the certificate authority in the kubeconfig. If the cluster was recreated, get its new ' +
      'kubeconfig; for EKS run: aws eks update-kubeconfig --name CLUSTER. If not, something between you and the cluster answers in its place.'
    );
  }
  return failure === 'unreachable'
    ? 'Check the context (kubectl config get-contexts). A private endpoint needs access to its network, such as a VPN or a proxy-url in the kubeconfig.'
    : 'Try again. If the error persists, check the load of the control plane and the network between you and it.';
}

/** An error for several addresses has no message of its own. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no response';
}

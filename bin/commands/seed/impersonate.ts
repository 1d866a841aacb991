import { HTTP_STATUS } from '../../../contract/http-status.ts';
import type { RefresherSubject } from '../../../contract/kubernetes/cluster-access.ts';
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import { ClusterSetupError } from '../../../kubernetes/errors.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { describeSubject, userOfSubject } from '../../cluster/subject.ts';
import type { LoadedContext } from '../../kubeconfig/kubeconfig-schema.ts';

/** Returns a connection whose requests are those of a ServiceAccount. The API server adds its groups. */
export function impersonating(
  connection: KubernetesConnection,
  subject: Extract<RefresherSubject, { readonly kind: 'ServiceAccount' }>,
): KubernetesConnection {
  const { username } = userOfSubject(subject);
  return {
    send: (request) =>
      connection.send({
        ...request,
        headers: { ...request.headers, 'impersonate-user': username },
      }),
  };
}

/**
 * Asserts that the caller may impersonate a subject.
 *
 * @param connection - that of {@link impersonating}
 * @throws {ClusterSetupError} when it may not
 */
export async function assertMayImpersonate(
  connection: KubernetesConnection,
  { name, user }: Pick<LoadedContext, 'name' | 'user'>,
  subject: RefresherSubject,
  signal: AbortSignal,
): Promise<void> {
  const who = describeSubject(subject);
  if (user.as !== undefined) {
    throw new ClusterSetupError(
      `context "${name}" impersonates "${user.as}", and a request can impersonate only one user: use a context without "as" that may impersonate ${who}`,
    );
  }
  const response = await connection.send({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
    signal,
  });
  if (response.status === HTTP_STATUS.forbidden) {
    throw new ClusterSetupError(
      `you may not impersonate ${who} (${apiErrorOf(response).message}). Only the refresher may write its Secrets, so seed writes as that ServiceAccount: use the context of a cluster admin, or request the permission impersonate serviceaccounts`,
    );
  }
  if (response.status >= 300) throw apiErrorOf(response);
}

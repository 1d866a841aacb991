import {
  type CredentialRequest,
  type PodCredentialRequest,
  requestedSecretName,
} from '../../contract/pod-event.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { readAwsIamRole } from './awsiamroles.ts';
import type { ClusterView } from './cluster-view.ts';
import { listSecretNamed } from './managed-secrets.ts';
import { readNamespace } from './namespaces.ts';
import { readLivePod } from './pods.ts';

/**
 * Looks at what a want is about, as the cluster says it now. Throws a ClusterSetupError when nothing can be read until
 * a person changes something; what else fails is in the view.
 */
export type ObserveRequest = (want: CredentialRequest) => Promise<ClusterView>;

/**
 * Makes the look for the wants of one event: the pod that each names, its namespace, and whatever Secret and AWSIAMRole
 * have the name, read at the same time, and nothing twice: pods share namespaces, and a pod may want several Secrets.
 */
export function requestObserver(
  connection: KubernetesConnection,
  signal: AbortSignal,
): ObserveRequest {
  const readNamespaceOnce = once(
    ({ namespace }: CredentialRequest) => namespace,
    ({ namespace }) => readNamespace(connection, namespace, signal),
  );
  const readPodOnce = once(
    ({ namespace, pod }: PodCredentialRequest) => `${namespace}/${pod}`,
    ({ namespace, pod }) => readLivePod(connection, { namespace, name: pod }, signal),
  );
  return async (want) => {
    const { namespace } = want;
    const name = requestedSecretName(want);
    const [pods, namespaces, awsIamRoles, secrets] = await Promise.all([
      'pod' in want ? readPodOnce(want) : { items: [], seen: 0 },
      readNamespaceOnce(want),
      readAwsIamRole(connection, { namespace, name }, signal),
      // As it is now could take 80 ms: the server waits until its cache knows that it has missed no write. A Secret that
      // is there after all answers the attempt to make it.
      listSecretNamed(connection, { namespace, name, freshness: 'any' }, signal),
    ]);
    return { pods, namespaces, secrets, awsIamRoles };
  };
}

function once<W, T>(
  keyOf: (want: W) => string,
  read: (want: W) => Promise<T>,
): (want: W) => Promise<T> {
  const readings = new Map<string, Promise<T>>();
  return (want) => {
    const key = keyOf(want);
    const reading = readings.get(key) ?? read(want);
    readings.set(key, reading);
    return reading;
  };
}

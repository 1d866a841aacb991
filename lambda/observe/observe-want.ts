import type { Want } from '../contract/pod-event.ts';
import type { ClusterView } from './cluster-view.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';
import { listSecretNamed } from './managed-secrets.ts';
import { readNamespace } from './namespaces.ts';
import { readLivePod } from './pods.ts';

/**
 * Looks at what a want is about, as the cluster says it now. Throws a ClusterSetupError when nothing can be read until
 * a person changes something; what else fails is in the view.
 */
export type ObserveWant = (want: Want) => Promise<ClusterView>;

/**
 * Makes the look for the wants of one event: the pod that each names, its namespace and whatever Secret has the name,
 * read at the same time, and nothing twice: pods share namespaces, and a pod may want several Secrets.
 */
export function wantObserver(connection: KubernetesConnection, signal: AbortSignal): ObserveWant {
  const namespaceNamed = once((name) => readNamespace(connection, name, signal));
  const podAt = once((path) => {
    const [namespace = '', name = ''] = path.split('/');
    return readLivePod(connection, { namespace, name }, signal);
  });
  return async ({ namespace, secret, pod }) => {
    const [pods, namespaces, secrets] = await Promise.all([
      podAt(`${namespace}/${pod}`),
      namespaceNamed(namespace),
      listSecretNamed(connection, { namespace, name: secret }, signal),
    ]);
    return { pods, namespaces, secrets };
  };
}

function once<T>(look: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const looks = new Map<string, Promise<T>>();
  return (key) => {
    const known = looks.get(key) ?? look(key);
    looks.set(key, known);
    return known;
  };
}

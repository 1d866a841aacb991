import { listByNamespace } from './by-namespace.ts';
import type { Listing, ObservedNamespace } from './cluster-view.ts';
import { identityOf } from './identity.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';
import type { ApiObject } from './list-body.ts';
import { listPages } from './list-pages.ts';
import { readObject } from './read-object.ts';

export interface ListNamespacesInput {
  /** The namespaces to look at; empty for all. */
  readonly namespaces: readonly string[];
  readonly signal: AbortSignal;
}

/** Lists the namespaces, or reads the configured ones: those that are not there are left out, which is no failure. */
export async function listNamespaces(
  connection: KubernetesConnection,
  { namespaces, signal }: ListNamespacesInput,
): Promise<Listing<ObservedNamespace>> {
  if (namespaces.length === 0) {
    return listPages(connection, {
      resource: 'namespaces',
      kind: 'PartialObjectMetadataList',
      pick: observedNamespace,
      signal,
    });
  }
  return listByNamespace(namespaces, (name) => readNamespace(connection, name, signal));
}

/** Reads one namespace; one that is not there is an empty listing. */
export function readNamespace(
  connection: KubernetesConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<Listing<ObservedNamespace>> {
  return readObject(connection, {
    resource: 'namespaces',
    namespace,
    pick: observedNamespace,
    signal,
  });
}

function observedNamespace(namespace: ApiObject): ObservedNamespace {
  const { deletionTimestamp, annotations = {} } = namespace.metadata ?? {};
  const { name } = identityOf(namespace);
  return { name, terminating: deletionTimestamp !== undefined, annotations };
}

import { ClusterSetupError } from '../errors.ts';
import { listByNamespace } from './by-namespace.ts';
import type { Listing, ObservedNamespace } from './cluster-view.ts';
import { identityOf } from './identity.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';
import type { ApiObject } from './list-body.ts';
import { listingCutShort, readingRefused } from './list-failure.ts';
import { listPages } from './list-pages.ts';

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

const NOT_FOUND = 404;

async function readNamespace(
  connection: KubernetesConnection,
  name: string,
  signal: AbortSignal,
): Promise<Listing<ObservedNamespace>> {
  const reading = { verb: 'get', resource: 'namespaces', namespace: name } as const;
  try {
    const response = await connection.send({
      method: 'GET',
      path: `/api/v1/namespaces/${encodeURIComponent(name)}`,
      headers: { accept: 'application/json' },
      signal,
    });
    if (response.status === NOT_FOUND) return { items: [], seen: 0 };
    if (response.status !== 200) throw readingRefused(reading, response);
    return { items: [observedNamespace(JSON.parse(response.body.toString()))], seen: 1 };
  } catch (error) {
    if (error instanceof ClusterSetupError) throw error;
    return { items: [], seen: 0, failure: listingCutShort(reading, 0, error) };
  }
}

function observedNamespace(namespace: ApiObject): ObservedNamespace {
  const { deletionTimestamp, annotations = {} } = namespace.metadata ?? {};
  const { name } = identityOf(namespace);
  return { name, terminating: deletionTimestamp !== undefined, annotations };
}

import { isInScope, type NamespaceScope } from '../../contract/namespace-scope.ts';
import { KubernetesApiError } from '../errors.ts';
import type { KubernetesConnection } from '../kubernetes-connection.ts';
import { listByNamespace } from './by-namespace.ts';
import { type ListRequest, listPages } from './list-pages.ts';
import type { Listing } from './listing.ts';
import { readObject } from './read-object.ts';

const FORBIDDEN = 403;

/**
 * Lists what is in namespaces of the scope: each of them by itself when they are named, or else all at once, with the
 * server leaving the excluded ones out. Everything that is in a namespace is listed by this, so that all lists have one
 * scope.
 *
 * @throws ClusterSetupError
 */
export function listInScope<T>(
  connection: KubernetesConnection,
  scope: NamespaceScope,
  request: Omit<ListRequest<T>, 'namespace'>,
): Promise<Listing<T>> {
  const { only, except } = scope;
  if (only.length > 0) {
    const namespaces = only.filter((name) => isInScope(scope, name));
    return listByNamespace(namespaces, (name) => listNamespace(connection, name, request));
  }
  const terms = [request.fieldSelector, ...except.map((name) => `metadata.namespace!=${name}`)];
  const fieldSelector = terms.filter((term) => term !== undefined).join(',');
  const pick = pickWithin((namespace) => isInScope(scope, namespace), request.pick);
  return listPages(connection, { ...request, pick, fieldSelector });
}

/**
 * What is found is written to where it was found, so nothing is picked from where nothing was looked for: the page that
 * holds such an object fails.
 */
function pickWithin<T>(
  isAsked: (namespace: string) => boolean,
  pick: ListRequest<T>['pick'],
): ListRequest<T>['pick'] {
  return (object) => {
    const picked = pick(object);
    const { namespace } = object.metadata ?? {};
    if (namespace && isAsked(namespace)) return picked;
    throw new Error('an object in the list is in no namespace that was asked for');
  };
}

/** A namespace that is gone took its Role along, so its list is refused; yet nothing can be in it. */
async function listNamespace<T>(
  connection: KubernetesConnection,
  namespace: string,
  request: Omit<ListRequest<T>, 'namespace'>,
): Promise<Listing<T>> {
  const pick = pickWithin((name) => name === namespace, request.pick);
  const listing = await listPages(connection, { ...request, pick, namespace });
  if (!isForbidden(listing.failure)) return listing;
  const { signal } = request;
  const reading = { resource: 'namespaces', namespace, pick: () => true, signal } as const;
  const { seen, failure } = await readObject(connection, reading);
  return seen === 0 && failure === undefined ? { items: [], seen: 0 } : listing;
}

function isForbidden(failure: Error | undefined): boolean {
  return failure instanceof KubernetesApiError && failure.status === FORBIDDEN;
}

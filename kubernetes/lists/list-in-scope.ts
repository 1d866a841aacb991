import pMap from 'p-map';
import { HTTP_STATUS } from '../../contract/http-status.ts';
import { isInScope, type NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { API_CONCURRENCY } from '../../contract/limits.ts';
import { KubernetesApiError } from '../errors.ts';
import type { KubernetesConnection } from '../kubernetes-connection.ts';
import type { Listing } from './api-object.ts';
import { type ListRequest, listPages, type Picker, readObject } from './read-listing.ts';

type ScopedRequest<T> = Omit<ListRequest<T>, 'namespace'>;

/**
 * Lists a resource in the namespaces of a scope: one list for each named namespace, or one for all, from which the
 * server omits the excluded ones. All namespaced resources are listed by this, so that they have the same scope.
 *
 * @throws {ClusterSetupError} when the setup has to be fixed
 */
export function listInScope<T>(
  connection: KubernetesConnection,
  scope: NamespaceScope,
  request: ScopedRequest<T>,
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
 * Lists several namespaces concurrently and joins the listings in the order of the namespaces. The result is complete
 * if all of them are; otherwise it has the first failure and names the incomplete namespaces.
 */
export async function listByNamespace<T>(
  namespaces: readonly string[],
  list: (namespace: string) => Promise<Listing<T>>,
): Promise<Listing<T>> {
  const listings = await pMap(namespaces, list, { concurrency: API_CONCURRENCY });
  const failure = listings.find((listing) => listing.failure !== undefined)?.failure;
  const incompleteIn = new Set(namespaces.filter((_, i) => listings[i]?.failure !== undefined));
  const overBudget = listings.flatMap((listing) => listing.overBudget ?? []);
  const cutIn = new Set(listings.flatMap((listing) => [...(listing.cutIn ?? [])]));
  return {
    items: listings.flatMap(({ items }) => items),
    seen: listings.reduce((sum, { seen }) => sum + seen, 0),
    ...(failure === undefined ? {} : { failure, incompleteIn }),
    ...(overBudget.length === 0 ? {} : { overBudget }),
    ...(cutIn.size === 0 ? {} : { cutIn }),
  };
}

/**
 * Rejects objects of other namespaces, which fail their page: a Secret is written to the namespace of the object that
 * requests it.
 */
function pickWithin<T>(isRequested: (namespace: string) => boolean, pick: Picker<T>): Picker<T> {
  return (object, budgets) => {
    const picked = pick(object, budgets);
    const { namespace } = object.metadata ?? {};
    if (namespace && isRequested(namespace)) return picked;
    throw new Error('an object in the list is not in a requested namespace');
  };
}

/** Lists one namespace. A deleted namespace took its Role with it: the list is forbidden, but known to be empty. */
async function listNamespace<T>(
  connection: KubernetesConnection,
  namespace: string,
  request: ScopedRequest<T>,
): Promise<Listing<T>> {
  const pick = pickWithin((name) => name === namespace, request.pick);
  const listing = await listPages(connection, { ...request, pick, namespace });
  if (!isForbidden(listing.failure)) return listing;
  const { signal } = request;
  const target = { resource: 'namespaces', namespace, pick: () => true, signal } as const;
  const { seen, failure } = await readObject(connection, target);
  return seen === 0 && failure === undefined ? { items: [], seen: 0 } : listing;
}

function isForbidden(failure: Error | undefined): boolean {
  return failure instanceof KubernetesApiError && failure.status === HTTP_STATUS.forbidden;
}

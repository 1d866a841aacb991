import { ClusterSetupError, KubernetesApiError } from '../errors.ts';
import type { KubernetesConnection } from '../kubernetes-connection.ts';
import type { ApiObject, ListBody, ListKind } from './list-body.ts';
import { listingCutShort, readingRefused } from './list-failure.ts';
import type { Listing } from './listing.ts';
import { ACCEPT, readList } from './read-list.ts';
import { apiOf, type Resource } from './resource.ts';

/** What to list, and what to keep of it. */
export interface ListRequest<T> {
  readonly resource: Resource;
  readonly kind: ListKind;
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** `any`: as the API server has it at hand, which may be a moment old, and at once. As it is now, when absent. */
  readonly freshness?: 'any';
  /** Whether the server may not know the resource: its 404 is then an empty list. */
  readonly mayBeUnknown?: true;
  /** What is kept of an object, `undefined` for nothing. The object itself is let go: all pods of a cluster do not fit. */
  readonly pick: (object: ApiObject) => T | undefined;
  readonly signal: AbortSignal;
}

/** Objects in a page: of pods some 4 MB, of which one is held at a time. */
const PAGE_SIZE = '500';

/** How often a list begins anew. A list may take five minutes before it expires, so once is already bad luck. */
const RESTARTS = 3;

const NOT_FOUND = 404;
const EXPIRED = 410;

/** Where the first page begins. */
const FIRST = '';

/**
 * Lists page by page. A page that fails ends the list with what arrived before it, and says so; so does the end of the
 * run's time. A list that expired under way (410) begins anew, as its pages would not be of one moment.
 *
 * @throws ClusterSetupError
 */
export async function listPages<T>(
  connection: KubernetesConnection,
  request: ListRequest<T>,
): Promise<Listing<T>> {
  let listing = await listOnce(connection, request);
  for (let restarts = 0; restarts < RESTARTS && hasExpired(listing); restarts += 1) {
    listing = await listOnce(connection, request);
  }
  return request.mayBeUnknown && hasStatus(listing, NOT_FOUND) ? { items: [], seen: 0 } : listing;
}

function hasExpired(listing: Listing<unknown>): boolean {
  return hasStatus(listing, EXPIRED);
}

function hasStatus({ failure }: Listing<unknown>, status: number): boolean {
  return failure instanceof KubernetesApiError && failure.status === status;
}

async function listOnce<T>(
  connection: KubernetesConnection,
  request: ListRequest<T>,
): Promise<Listing<T>> {
  const items: T[] = [];
  const places = new Set<string>();
  let seen = 0;
  let from: string | undefined = FIRST;
  while (from !== undefined) {
    try {
      const page: ListBody = await fetchPage(connection, request, from);
      const picked = pickFrom(page, request.pick);
      items.push(...picked);
      seen += page.items?.length ?? 0;
      from = nextPlace(page, places);
    } catch (error) {
      if (error instanceof ClusterSetupError) throw error;
      return { items, seen, failure: listingCutShort({ ...request, verb: 'list' }, seen, error) };
    }
  }
  return { items, seen };
}

/**
 * Where the next page begins. A server that names a place a second time would be asked for ever.
 *
 * @param places - those that were named before; the next one is added
 */
function nextPlace({ metadata }: ListBody, places: Set<string>): string | undefined {
  const next = metadata?.continue;
  if (!next) return undefined;
  if (typeof next !== 'string' || places.has(next)) {
    throw new Error('the server does not say where the list goes on');
  }
  places.add(next);
  return next;
}

async function fetchPage(
  connection: KubernetesConnection,
  request: ListRequest<unknown>,
  from: string,
): Promise<ListBody> {
  const response = await connection.send({
    method: 'GET',
    path: pathOf(request, from),
    headers: { accept: ACCEPT[request.kind] },
    signal: request.signal,
  });
  if (response.status !== 200) throw readingRefused({ ...request, verb: 'list' }, response);
  return readList(response, request.kind);
}

function pathOf(request: ListRequest<unknown>, from: string): string {
  const { resource, namespace, labelSelector, fieldSelector, freshness } = request;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const query = new URLSearchParams({
    limit: PAGE_SIZE,
    ...(from && { continue: from }),
    ...(labelSelector && { labelSelector }),
    ...(fieldSelector && { fieldSelector }),
    ...(freshness === 'any' && { resourceVersion: '0' }),
  });
  return `${apiOf(resource)}${scope}/${resource}?${query}`;
}

/** A page is picked from whole or not at all. */
function pickFrom<T>(page: ListBody, pick: ListRequest<T>['pick']): readonly T[] {
  return (page.items ?? []).map(pick).filter((item) => item !== undefined);
}

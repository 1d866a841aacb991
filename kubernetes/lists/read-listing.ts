import { BUDGET } from '../../contract/budgets.ts';
import { HTTP_STATUS } from '../../contract/http-status.ts';
import { ClusterSetupError, KubernetesApiError, ResponseTooLargeError } from '../errors.ts';
import type { KubernetesConnection } from '../kubernetes-connection.ts';
import {
  type ApiObject,
  type ApiResource,
  apiPathOf,
  type ListBody,
  type Listing,
  type ListKind,
} from './api-object.ts';
import { createListBudgets, type ListBudgets } from './list-budgets.ts';
import { FIRST_LIMIT, limitAfter, limitAfterTooLarge } from './page-limit.ts';
import { ACCEPT, parseList } from './parse-list.ts';
import { incompleteList, readRejected } from './read-failure.ts';

/** Returns what to keep of an object, or undefined for nothing. Cuts what exceeds a budget. */
export type Picker<T> = (object: ApiObject, budgets: ListBudgets) => T | undefined;

/** What to list, and what to keep of it. */
export interface ListRequest<T> {
  readonly resource: ApiResource;
  readonly kind: ListKind;
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /**
   * `any`: `resourceVersion=0`, from the API server's cache, which may be slightly behind but answers at once. Absent:
   * the most recent state.
   */
  readonly freshness?: 'any';
  /** Treats 404 as an empty list: the CRD may not be installed. */
  readonly isOptional?: true;
  /** The object itself is discarded: all pods of a cluster do not fit into memory. */
  readonly pick: Picker<T>;
  readonly signal: AbortSignal;
}

/** Maximum restarts of an expired list. A list expires after five minutes, so even one restart is rare. */
const MAX_RESTARTS = 3;

/** The continue token of the first page. */
const FIRST_PAGE = '';

/**
 * Lists page by page. A page that is too large is requested again with fewer objects, so that memory is bounded whatever
 * the cluster holds. When a page fails or the signal aborts, the listing contains the pages before it and the failure.
 * A list that expires between pages (410) is restarted, because its pages would not show the same moment.
 *
 * @throws {ClusterSetupError} when the setup has to be fixed
 */
export async function listPages<T>(
  connection: KubernetesConnection,
  request: ListRequest<T>,
): Promise<Listing<T>> {
  let listing = await listOnce(connection, request);
  for (let restarts = 0; restarts < MAX_RESTARTS && hasExpired(listing); restarts += 1) {
    listing = await listOnce(connection, request);
  }
  const isEmpty = request.isOptional && failedWith(listing, HTTP_STATUS.notFound);
  return isEmpty ? { items: [], seen: 0 } : listing;
}

function hasExpired(listing: Listing<unknown>): boolean {
  return failedWith(listing, HTTP_STATUS.gone);
}

function failedWith({ failure }: Listing<unknown>, status: number): boolean {
  return failure instanceof KubernetesApiError && failure.status === status;
}

async function listOnce<T>(
  connection: KubernetesConnection,
  request: ListRequest<T>,
): Promise<Listing<T>> {
  const items: T[] = [];
  const budgets = createListBudgets(request.resource);
  const usedTokens = new Set<string>();
  let seen = 0;
  let token: string | undefined = FIRST_PAGE;
  let limit: number = FIRST_LIMIT;
  while (token !== undefined) {
    try {
      const { page, bytes }: FetchedPage = await fetchPage(connection, request, { token, limit });
      const picked = pickFrom(page, request.pick, budgets);
      items.push(...picked);
      const objects = page.items?.length ?? 0;
      seen += objects;
      limit = limitAfter(limit, { bytes, objects });
      reportLargeObjects(page, bytes, budgets);
      token = nextToken(page, usedTokens);
    } catch (error) {
      if (error instanceof ClusterSetupError) throw error;
      const smaller = mayBeTooLarge(error) && limitAfterTooLarge(limit);
      if (smaller) {
        limit = smaller;
        continue;
      }
      const failure = incompleteList({ ...request, verb: 'list' }, seen, error);
      return { items, seen, failure, ...excessOf(budgets) };
    }
  }
  return { items, seen, ...excessOf(budgets) };
}

function excessOf({ overBudget, cutIn }: ListBudgets) {
  return {
    ...(overBudget.length === 0 ? {} : { overBudget }),
    ...(cutIn.size === 0 ? {} : { cutIn }),
  };
}

/** How an API server reports that etcd rejected a page because of its size. */
const TOO_LARGE_FOR_ETCD = /ResourceExhausted|larger than max/;

/** Whether a page failed because it is too large: for us, for the API server in its time, or for etcd. */
function mayBeTooLarge(error: unknown): boolean {
  if (error instanceof ResponseTooLargeError) return true;
  if (!(error instanceof KubernetesApiError)) return false;
  return error.status === HTTP_STATUS.gatewayTimeout || TOO_LARGE_FOR_ETCD.test(error.message);
}

/**
 * Reports the namespace of a page of large objects: it slows down the list. In a page of several namespaces, the large ones
 * may be those of any; a flood fills pages of its own.
 */
function reportLargeObjects({ items }: ListBody, bytes: number, budgets: ListBudgets): void {
  const objects = items ?? [];
  const mean = Math.round(bytes / Math.max(1, objects.length));
  if (mean <= BUDGET.objectBytes) return;
  // A namespace is in none but itself.
  const namespaces = objects.map(({ metadata }) => metadata?.namespace ?? metadata?.name ?? '');
  const [namespace, ...others] = new Set(namespaces);
  if (namespace === undefined || others.length > 0) return;
  budgets.exceed(namespace, 'objectBytes', mean);
}

/**
 * Returns the continue token of the next page, and adds it to `usedTokens`.
 *
 * @throws on a token that was used before, which would list the same pages forever
 */
function nextToken({ metadata }: ListBody, usedTokens: Set<string>): string | undefined {
  const next = metadata?.continue;
  if (!next) return undefined;
  if (typeof next !== 'string' || usedTokens.has(next)) {
    throw new Error('the server sent an invalid continue token');
  }
  usedTokens.add(next);
  return next;
}

/** Which page to fetch, and how many objects it may have. */
interface PageRequest {
  readonly token: string;
  readonly limit: number;
}

interface FetchedPage {
  readonly page: ListBody;
  readonly bytes: number;
}

async function fetchPage(
  connection: KubernetesConnection,
  request: ListRequest<unknown>,
  page: PageRequest,
): Promise<FetchedPage> {
  const response = await connection.send({
    method: 'GET',
    path: pathOf(request, page),
    headers: { accept: ACCEPT[request.kind] },
    maxResponseBytes: BUDGET.pageBytes,
    signal: request.signal,
  });
  if (response.status !== HTTP_STATUS.ok) {
    throw readRejected({ ...request, verb: 'list' }, response);
  }
  return { page: parseList(response, request.kind), bytes: response.body.length };
}

function pathOf(request: ListRequest<unknown>, { token, limit }: PageRequest): string {
  const { resource, namespace, labelSelector, fieldSelector, freshness } = request;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const query = new URLSearchParams({
    limit: String(limit),
    ...(token && { continue: token }),
    ...(labelSelector && { labelSelector }),
    ...(fieldSelector && { fieldSelector }),
    ...(freshness === 'any' && { resourceVersion: '0' }),
  });
  return `${apiPathOf(resource)}${scope}/${resource}?${query}`;
}

/** Picks from the whole page before any of it is kept: an object that cannot be read fails its page. */
function pickFrom<T>(page: ListBody, pick: Picker<T>, budgets: ListBudgets): readonly T[] {
  return (page.items ?? [])
    .map((object) => pick(object, budgets))
    .filter((item) => item !== undefined);
}

/** Which object to read, and what to keep of it. */
interface ObjectRequest<T> {
  readonly resource: Exclude<ApiResource, 'secrets'>;
  /** The namespace of the object, or the namespace to read. */
  readonly namespace: string;
  /** The name of the object; absent to read a namespace. */
  readonly name?: string;
  /** A larger object is not read to its end, as if it did not exist. In bytes; unlimited when absent. */
  readonly maxBytes?: number;
  readonly pick: Picker<T>;
  readonly signal: AbortSignal;
}

/**
 * Reads one object, as a listing of one. An object that does not exist is an empty listing, not a failure.
 *
 * @throws {ClusterSetupError} when the setup has to be fixed
 */
export async function readObject<T>(
  connection: KubernetesConnection,
  { resource, namespace, name, maxBytes, pick, signal }: ObjectRequest<T>,
): Promise<Listing<T>> {
  const target = { verb: 'get', resource, namespace } as const;
  const object = name === undefined ? '' : `/${resource}/${encodeURIComponent(name)}`;
  try {
    const response = await connection.send({
      method: 'GET',
      path: `${apiPathOf(resource)}/namespaces/${encodeURIComponent(namespace)}${object}`,
      headers: { accept: 'application/json' },
      maxResponseBytes: maxBytes,
      signal,
    });
    if (response.status === HTTP_STATUS.notFound) return { items: [], seen: 0 };
    if (response.status !== HTTP_STATUS.ok) throw readRejected(target, response);
    const budgets = createListBudgets(resource);
    const picked = pick(JSON.parse(response.body.toString()), budgets);
    return { items: picked === undefined ? [] : [picked], seen: 1, ...excessOf(budgets) };
  } catch (error) {
    if (error instanceof ClusterSetupError) throw error;
    if (error instanceof ResponseTooLargeError) return { items: [], seen: 0 };
    return { items: [], seen: 0, failure: incompleteList(target, 0, error) };
  }
}

import pMap from 'p-map';
import type { Listing } from './listing.ts';

/** Enough to hide a round trip, and few beside what else a run sends. */
const CONCURRENCY = 8;

/**
 * Makes a listing for each namespace, some at a time, and puts them together in the order of the namespaces. The whole
 * is complete if all are; it fails for the first one's reason, and says in which namespaces something is missing.
 */
export async function listByNamespace<T>(
  namespaces: readonly string[],
  list: (namespace: string) => Promise<Listing<T>>,
): Promise<Listing<T>> {
  const listings = await pMap(namespaces, list, { concurrency: CONCURRENCY });
  const failure = listings.find((listing) => listing.failure !== undefined)?.failure;
  const incompleteIn = new Set(namespaces.filter((_, i) => listings[i]?.failure !== undefined));
  return {
    items: listings.flatMap(({ items }) => items),
    seen: listings.reduce((sum, { seen }) => sum + seen, 0),
    ...(failure === undefined ? {} : { failure, incompleteIn }),
  };
}

import pMap from 'p-map';
import type { Listing } from './cluster-view.ts';

/** Enough to hide a round trip, and few beside what else a run sends. */
const CONCURRENCY = 8;

/** Makes a listing for each namespace, some at a time, and puts them together in the order of the namespaces. */
export async function listByNamespace<T>(
  namespaces: readonly string[],
  list: (namespace: string) => Promise<Listing<T>>,
): Promise<Listing<T>> {
  return joinListings(await pMap(namespaces, list, { concurrency: CONCURRENCY }));
}

/** One listing of several: complete if all are. It fails for the first one's reason. */
function joinListings<T>(listings: readonly Listing<T>[]): Listing<T> {
  const failure = listings.find((listing) => listing.failure !== undefined)?.failure;
  return {
    items: listings.flatMap(({ items }) => items),
    seen: listings.reduce((sum, { seen }) => sum + seen, 0),
    ...(failure === undefined ? {} : { failure }),
  };
}

import { badRequest, expired, notImplemented } from '../errors/api-error.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import type { Change, Store } from '../objects/store.ts';
import type { StoredObject } from '../objects/stored-object.ts';
import { type ObjectSelection, selectObjects } from './object-selection.ts';

/** An event of a watch: a change of an object, a bookmark, or the error that ends the watch. */
export type WatchEvent =
  | { readonly type: Change['type']; readonly object: StoredObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'ERROR'; readonly status: object };

/** A watch that has not started. */
interface Watch {
  /** Sends the initial events and each later change, until the returned function is called. */
  start(send: (event: WatchEvent) => void): () => void;
  /** The current bookmark, or `undefined` when the client asked for none. */
  bookmark(): WatchEvent | undefined;
}

/**
 * Prepares the watch that a request asks for. Without a `resourceVersion`, or from 0, it begins with all objects as
 * ADDED. From a compacted version it sends one ERROR event, 410 Expired.
 *
 * @throws ApiError 400 for an invalid `resourceVersion`, 501 for a streaming list
 */
export function watchObjects(
  store: Store,
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
): Watch {
  if (query.get('sendInitialEvents') === 'true') throw notImplemented('streaming lists');
  const { collection } = definition;
  const selection = selectObjects(definition, namespace, query);
  const since = Number(query.get('resourceVersion') ?? 0);
  if (Number.isNaN(since)) throw badRequest('resourceVersion: must be a number');
  return {
    bookmark: () =>
      query.get('allowWatchBookmarks') === 'true'
        ? { type: 'BOOKMARK', resourceVersion: String(store.resourceVersion) }
        : undefined,
    start(send) {
      const past = since === 0 ? [] : store.changesSince(collection, since);
      if (!past) {
        const message = `too old resource version: ${since} (${store.resourceVersion})`;
        send({ type: 'ERROR', status: expired(message).toStatus() });
        return () => {};
      }
      if (since === 0) {
        const initial = store.snapshot(collection).objects.filter(selection.matches);
        for (const object of initial) send({ type: 'ADDED', object });
      }
      for (const change of past) sendSelected(change, selection, send);
      return store.subscribe(collection, (change) => sendSelected(change, selection, send));
    },
  };
}

/** Sends a change as the selection sees it: an object that starts to match is ADDED, one that no longer matches DELETED. */
function sendSelected(
  { type, object, previous, resourceVersion }: Change,
  { matches }: ObjectSelection,
  send: (event: WatchEvent) => void,
): void {
  const isSelected = type !== 'DELETED' && matches(object);
  const wasSelected = previous !== undefined && matches(previous);
  if (isSelected) send({ type: wasSelected ? 'MODIFIED' : 'ADDED', object });
  else if (wasSelected) {
    const metadata = { ...previous.metadata, resourceVersion: String(resourceVersion) };
    send({ type: 'DELETED', object: { ...previous, metadata } });
  }
}

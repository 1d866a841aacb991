import { badRequest, expired, invalid } from '../errors/api-error.ts';
import { forbiddenField } from '../errors/field-error.ts';
import { type ObjectSelection, selectObjects } from './object-selection.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import type { Change, Store } from '../objects/store.ts';
import type { StoredObject } from '../objects/stored-object.ts';

/** What a watch sends: an object's change, a bookmark of how far it is, or the error that ends it. */
export type WatchEvent =
  | { readonly type: Change['type']; readonly object: StoredObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly isInitialEnd: boolean }
  | { readonly type: 'ERROR'; readonly status: object };

/** A watch that is about to begin. */
export interface Watch {
  /** Sends what there is to send at once, then each change until the result is called. */
  start(send: (event: WatchEvent) => void): () => void;
  /** What tells a client how far the watch is, when it asked for that. */
  bookmark(): WatchEvent | undefined;
}

/**
 * The watch that a request asks for. Without a `resourceVersion`, or from 0, it begins with all objects as ADDED; from
 * a version that is no longer remembered it is one ERROR event, 410 Expired.
 *
 * @throws ApiError 400 or 422 for parameters that cannot be
 */
export function watchObjects(
  store: Store,
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
): Watch {
  const { collection } = definition;
  const selection = selectObjects(definition, namespace, query);
  const asksForInitial = isInitialEventsAsked(query);
  const since = Number(query.get('resourceVersion') ?? 0);
  if (Number.isNaN(since)) throw badRequest('resourceVersion: it is no number');
  const bookmark = (isInitialEnd: boolean): WatchEvent => {
    return { type: 'BOOKMARK', resourceVersion: String(store.resourceVersion), isInitialEnd };
  };
  return {
    bookmark: () => (query.get('allowWatchBookmarks') === 'true' ? bookmark(false) : undefined),
    start(send) {
      const isFromNow = asksForInitial || since === 0;
      const past = isFromNow ? [] : store.changesSince(collection, since);
      if (!past) {
        const message = `too old resource version: ${since} (${store.resourceVersion})`;
        send({ type: 'ERROR', status: expired(message).toStatus() });
        return () => {};
      }
      if (isFromNow) sendAll(store.snapshot(collection).objects, selection, send);
      if (asksForInitial) send(bookmark(true));
      for (const change of past) sendSelected(change, selection, send);
      return store.subscribe(collection, (change) => sendSelected(change, selection, send));
    },
  };
}

function sendAll(
  objects: readonly StoredObject[],
  { matches }: ObjectSelection,
  send: (event: WatchEvent) => void,
): void {
  for (const object of objects.filter(matches)) send({ type: 'ADDED', object });
}

/** A streaming list: the initial objects, and a bookmark where they end. */
function isInitialEventsAsked(query: URLSearchParams): boolean {
  if (query.get('sendInitialEvents') !== 'true') return false;
  if (query.get('resourceVersionMatch') === 'NotOlderThan') return true;
  const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  throw invalid({ group: '', plural: 'ListOptions' }, '', [
    forbiddenField('resourceVersionMatch', detail),
  ]);
}

// An object that begins to be selected looks new to the watcher, and one that ceases to be looks deleted.
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

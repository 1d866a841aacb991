import { ApiError, badRequest, expired, notImplemented } from '../errors/api-error.ts';
import { decodeContinueToken, encodeContinueToken, INCONSISTENT } from '../continue-token.ts';
import { selectObjects } from './object-selection.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import { keyOf, type Snapshot, type Store } from '../objects/store.ts';
import type { StoredObject } from '../objects/stored-object.ts';

/** A page of a list. */
export interface ObjectPage {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly objects: readonly StoredObject[];
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/**
 * The page that a request asks for with `limit`, `continue` and selectors. All pages of a list show one moment.
 *
 * @throws ApiError 410 when that moment is no longer remembered; its token goes on with what is there now
 */
export function listObjects(
  store: Store,
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
): ObjectPage {
  const selection = selectObjects(definition, namespace, query);
  const { snapshot, start } = whereToBegin(store, definition.collection, query);
  const rest = snapshot.objects.filter(
    (object) => keyOf(object.metadata) >= start && selection.matches(object),
  );
  const objects = rest.slice(0, limitOf(query) || rest.length);
  const last = objects.at(-1);
  const resourceVersion = String(snapshot.resourceVersion);
  if (!last || objects.length === rest.length) return { metadata: { resourceVersion }, objects };
  store.retain(definition.collection, snapshot);
  const token = { resourceVersion: snapshot.resourceVersion, start: `${keyOf(last.metadata)}\0` };
  const remaining = { remainingItemCount: rest.length - objects.length };
  return {
    metadata: {
      resourceVersion,
      continue: encodeContinueToken(token),
      ...(selection.hasSelectors ? {} : remaining),
    },
    objects,
  };
}

/** The error of a list that cannot go on as it began. */
export function expiredContinue(text: string): ApiError {
  const { start } = decodeContinueToken(text);
  return expired(TOO_OLD, encodeContinueToken({ resourceVersion: INCONSISTENT, start }));
}

function whereToBegin(
  store: Store,
  collection: string,
  query: URLSearchParams,
): { snapshot: Snapshot; start: string } {
  const text = query.get('continue');
  const atLeast = query.get('resourceVersion') ?? '';
  if (!text) {
    refuseVersion(store, atLeast, query.get('resourceVersionMatch'));
    return { snapshot: store.snapshot(collection), start: '' };
  }
  if (atLeast !== '' && atLeast !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
  const { resourceVersion, start } = decodeContinueToken(text);
  const snapshot =
    resourceVersion === INCONSISTENT
      ? store.snapshot(collection)
      : store.snapshotAt(collection, resourceVersion);
  if (!snapshot) throw expiredContinue(text);
  return { snapshot, start };
}

function refuseVersion(store: Store, atLeast: string, match: string | null): void {
  if (match === 'Exact') throw notImplemented('lists of an exact resourceVersion');
  if (!/^\d*$/.test(atLeast))
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(atLeast)}`,
    );
  if (Number(atLeast) <= store.resourceVersion) return;
  const message = `Timeout: Too large resource version: ${atLeast}, current: ${store.resourceVersion}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  throw new ApiError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
}

function limitOf(query: URLSearchParams): number {
  const limit = query.get('limit') ?? '';
  if (!/^\d*$/.test(limit))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`);
  // A list of any age is answered from a cache, which knows no pages.
  return query.get('resourceVersion') === '0' ? 0 : Number(limit);
}

import { z } from 'zod';
import { ApiError, badRequest, expired, notImplemented } from '../errors/api-error.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import { keyOf, type Snapshot, type Store } from '../objects/store.ts';
import type { StoredObject } from '../objects/stored-object.ts';
import { selectObjects } from './object-selection.ts';

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
 * Lists the page that `limit`, `continue` and selectors ask for. All pages of a list show the same snapshot.
 *
 * @throws ApiError 410 when that snapshot was compacted; the token in the error continues with the current objects
 */
export function listObjects(
  store: Store,
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
): ObjectPage {
  const selection = selectObjects(definition, namespace, query);
  const { snapshot, start } = startingPoint(store, definition.collection, query);
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

/** The error for a continue token whose snapshot was compacted. */
export function expiredContinue(text: string): ApiError {
  const { start } = decodeContinueToken(text);
  return expired(TOO_OLD, encodeContinueToken({ resourceVersion: INCONSISTENT, start }));
}

function startingPoint(
  store: Store,
  collection: string,
  query: URLSearchParams,
): { snapshot: Snapshot; start: string } {
  const text = query.get('continue');
  const minimumVersion = query.get('resourceVersion') ?? '';
  if (!text) {
    assertVersionReached(store, minimumVersion, query.get('resourceVersionMatch'));
    return { snapshot: store.snapshot(collection), start: '' };
  }
  if (minimumVersion !== '' && minimumVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
  const { resourceVersion, start } = decodeContinueToken(text);
  const snapshot =
    resourceVersion === INCONSISTENT
      ? store.snapshot(collection)
      : store.snapshotAt(collection, resourceVersion);
  if (!snapshot) throw expiredContinue(text);
  return { snapshot, start };
}

function assertVersionReached(store: Store, minimumVersion: string, match: string | null): void {
  if (match === 'Exact') throw notImplemented('lists of an exact resourceVersion');
  if (!/^\d*$/.test(minimumVersion))
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(minimumVersion)}`,
    );
  if (Number(minimumVersion) <= store.resourceVersion) return;
  const message = `Timeout: Too large resource version: ${minimumVersion}, current: ${store.resourceVersion}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  throw new ApiError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
}

function limitOf(query: URLSearchParams): number {
  const limit = query.get('limit') ?? '';
  if (!/^\d*$/.test(limit))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`);
  // The API server answers resourceVersion=0 from its watch cache, which ignores the limit.
  return query.get('resourceVersion') === '0' ? 0 : Number(limit);
}

/** The position where the next page of a list begins. */
interface ContinueToken {
  /** The version that all pages show, or {@link INCONSISTENT}. */
  readonly resourceVersion: number;
  /** The first key of the page. */
  readonly start: string;
}

/** Continues with the newest version instead of the one that the list began with. */
const INCONSISTENT = -1;

const EncodedToken = z.object({
  v: z.literal('meta.k8s.io/v1'),
  rv: z.number().refine((rv) => rv !== 0),
  start: z.string().min(1),
});

/** Encodes a token as the API server does. Clients must treat it as opaque. */
function encodeContinueToken({ resourceVersion, start }: ContinueToken): string {
  const token = { v: 'meta.k8s.io/v1', rv: resourceVersion, start };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** @throws ApiError 400 for a malformed token */
function decodeContinueToken(text: string): ContinueToken {
  try {
    const { rv, start } = EncodedToken.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { resourceVersion: rv, start };
  } catch (cause) {
    const why = cause instanceof SyntaxError ? cause.message : 'incorrect encoding';
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`);
  }
}

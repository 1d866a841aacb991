import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { ApiError, alreadyExists, badRequest, conflict, invalid, notFound } from '../errors/api-error.ts';
import { assertNamespaceAccepts } from '../assert-namespace-accepts.ts';
import { removeWhenFinalized } from '../finalize-object.ts';
import { namesOfKind } from '../names-of-kind.ts';
import type { ResourceDefinition, Subresource } from '../kinds/resource-definition.ts';
import type { Store } from './store.ts';
import { type SentObject, type StoredObject, timestamp } from './stored-object.ts';
import { validateMetadata, validateMetadataUpdate } from './validate-metadata.ts';

/** What is written to, and the time it happens at. */
export interface WriteDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** Where an object is, and of what kind it is. */
export interface ObjectTarget {
  readonly definition: ResourceDefinition;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Letters and digits that spell no words, as Kubernetes picks them. */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Adds a new object.
 *
 * @throws ApiError 409 when the name is taken, 422 when the object breaks a rule, 403 or 404 for its namespace
 */
export function createObject(
  { store, clock }: WriteDeps,
  definition: ResourceDefinition,
  namespace: string | undefined,
  sent: SentObject,
): StoredObject {
  assertNamespaceMatches(sent, namespace);
  const name = sent.metadata.name || generatedName(sent.metadata.generateName);
  if (namespace !== undefined) assertNamespaceAccepts(store, definition, namespace, name);
  if (sent.metadata.resourceVersion)
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  const metadata = {
    ...sent.metadata,
    name,
    ...(namespace !== undefined && { namespace }),
    uid: randomUUID(),
    creationTimestamp: timestamp(clock.now()),
  };
  const object = definition.prepareCreate({ ...sent, metadata });
  const errors = [
    ...validateMetadata(object, definition.nameRule),
    ...definition.validate(object),
    ...(definition.validateCreate?.(object) ?? []),
  ];
  if (errors.length > 0) throw invalid(namesOfKind(definition).kind, name, errors);
  if (store.get(definition.collection, namespace, name)) throw alreadyExists(definition, name);
  return store.put(definition.collection, {
    ...object,
    metadata: { ...metadata, ...object.metadata, uid: metadata.uid },
  });
}

/**
 * Puts an object in the place of the stored one, or only its status. Nothing is written when nothing changes.
 *
 * @throws ApiError 404 when there is none, 409 when `resourceVersion` or `uid` is sent and is another, 422 when the
 *   object breaks a rule
 */
export function updateObject(
  { store }: WriteDeps,
  { definition, namespace, name }: ObjectTarget,
  sent: SentObject,
  subresource?: Subresource,
): StoredObject {
  assertNamespaceMatches(sent, namespace);
  if (sent.metadata.name !== name)
    throw badRequest(
      `the name of the object (${sent.metadata.name}) does not match the name on the URL (${name})`,
    );
  const old = requireObject(store, { definition, namespace, name });
  assertVersionMatches(definition, sent, old);
  const prepared = definition.prepareUpdate(
    {
      ...sent,
      metadata: { ...sent.metadata, ...keptMetadata(old), generation: old.metadata.generation },
    },
    old,
    subresource,
  );
  const errors = [
    ...validateMetadata(prepared, definition.nameRule),
    ...validateMetadataUpdate(sent, old),
    ...definition.validate(prepared),
    ...definition.validateUpdate(prepared, old, subresource),
  ];
  if (errors.length > 0) throw invalid(namesOfKind(definition).kind, name, errors);
  const object = { ...prepared, metadata: { ...prepared.metadata, ...keptMetadata(old) } };
  const stored = isSame(object, old) ? old : store.put(definition.collection, object);
  return removeWhenFinalized(store, definition, stored);
}

/** @throws ApiError 409 when the client sends the uid of another object, one that had this name before */
export function assertUidMatches(store: Store, target: ObjectTarget, { metadata }: SentObject) {
  const { uid } = requireObject(store, target).metadata;
  if (metadata.uid === undefined || metadata.uid === uid) return;
  const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
  throw conflict(namesOfKind(target.definition).resource, target.name, why);
}

/** @throws ApiError 404 when there is none */
export function requireObject(
  store: Store,
  { definition, namespace, name }: ObjectTarget,
): StoredObject {
  const object = store.get(definition.collection, namespace, name);
  if (!object) throw notFound(definition, name);
  return object;
}

function keptMetadata({ metadata }: StoredObject) {
  const { name, namespace, uid, creationTimestamp } = metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return {
    name,
    uid,
    creationTimestamp,
    ...(namespace !== undefined && { namespace }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
  };
}

function assertNamespaceMatches({ metadata }: SentObject, namespace: string | undefined): void {
  if (metadata.namespace && metadata.namespace !== namespace)
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
}

function assertVersionMatches(
  definition: ResourceDefinition,
  { metadata: { resourceVersion } }: SentObject,
  { metadata: old }: StoredObject,
): void {
  if (resourceVersion && resourceVersion !== old.resourceVersion)
    throw conflict(
      namesOfKind(definition).resource,
      old.name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
}

function generatedName(prefix: string | undefined): string {
  if (!prefix) return '';
  const letters = Array.from({ length: 5 }, () => SUFFIX_ALPHABET[randomInt(27)]);
  return `${prefix}${letters.join('')}`;
}

// Compared as JSON reads them, in which a field that is undefined is not there.
function isSame(object: SentObject, old: StoredObject): boolean {
  const withoutVersion = ({ metadata, ...rest }: SentObject) =>
    JSON.stringify({ ...rest, metadata: { ...metadata, resourceVersion: undefined } }, sortedKeys);
  return withoutVersion(object) === withoutVersion(old);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

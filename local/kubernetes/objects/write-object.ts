import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import {
  ApiError,
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  notFound,
} from '../errors/api-error.ts';
import { NAMESPACES } from '../kinds/namespace.ts';

import {
  namesInErrors,
  type ResourceDefinition,
  type Subresource,
} from '../kinds/resource-definition.ts';
import type { Store } from './store.ts';
import { type SentObject, type StoredObject, timestamp } from './stored-object.ts';
import { validateMetadata, validateMetadataUpdate } from './validate-metadata.ts';

/** The store, and the clock for its timestamps. */
export interface WriteDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** Identifies an object by kind, namespace and name. */
export interface ObjectTarget {
  readonly definition: ResourceDefinition;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Characters that spell no words, as in Kubernetes. */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Creates an object.
 *
 * @throws ApiError 409 when the name exists, 422 for an invalid object, 404 when the namespace does not exist, 403 when
 *   it is being deleted
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
  if (errors.length > 0) throw invalid(namesInErrors(definition).kind, name, errors);
  if (store.get(definition.collection, namespace, name)) throw alreadyExists(definition, name);
  return store.put(definition.collection, {
    ...object,
    metadata: { ...metadata, ...object.metadata, uid: metadata.uid },
  });
}

/**
 * Replaces an object, or only a subresource. Writes nothing when nothing changes.
 *
 * @throws ApiError 404 when the object does not exist, 409 for another `resourceVersion`, 422 for an invalid object
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
  if (errors.length > 0) throw invalid(namesInErrors(definition).kind, name, errors);
  const object = { ...prepared, metadata: { ...prepared.metadata, ...keptMetadata(old) } };
  const stored = isSame(object, old) ? old : store.put(definition.collection, object);
  return removeWhenFinalized(store, definition, stored);
}

/** @throws ApiError 409 for another uid: the object was deleted and recreated */
export function assertUidMatches(store: Store, target: ObjectTarget, { metadata }: SentObject) {
  const { uid } = requireObject(store, target).metadata;
  if (metadata.uid === undefined || metadata.uid === uid) return;
  const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
  throw conflict(namesInErrors(target.definition).resource, target.name, why);
}

/** Gets an object. @throws ApiError 404 when it does not exist */
export function requireObject(
  store: Store,
  { definition, namespace, name }: ObjectTarget,
): StoredObject {
  const object = store.get(definition.collection, namespace, name);
  if (!object) throw notFound(definition, name);
  return object;
}

/**
 * Removes an object that is marked for deletion, once its grace period is 0 and it has no finalizers. Namespaces also
 * wait until they are empty; the namespace controller removes them.
 */
export function removeWhenFinalized(
  store: Store,
  { collection }: ResourceDefinition,
  object: StoredObject,
): StoredObject {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  const mustWait =
    deletionGracePeriodSeconds > 0 || finalizers.length > 0 || collection === NAMESPACES.collection;
  if (deletionTimestamp && !mustWait) store.remove(collection, object);
  return object;
}

function assertNamespaceAccepts(
  store: Store,
  definition: ResourceDefinition,
  namespace: string,
  name: string,
): void {
  const found = store.get(NAMESPACES.collection, undefined, namespace);
  if (!found) throw notFound(NAMESPACES, namespace);
  if (!found.metadata.deletionTimestamp) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw forbidden(definition, name, why, [cause]);
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
      namesInErrors(definition).resource,
      old.name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
}

function generatedName(prefix: string | undefined): string {
  if (!prefix) return '';
  const letters = Array.from({ length: 5 }, () => SUFFIX_ALPHABET[randomInt(27)]);
  return `${prefix}${letters.join('')}`;
}

/** Compares objects as JSON, so that an undefined field equals an absent one. */
function isSame(object: SentObject, old: StoredObject): boolean {
  const withoutVersion = ({ metadata, ...rest }: SentObject) =>
    JSON.stringify({ ...rest, metadata: { ...metadata, resourceVersion: undefined } }, sortedKeys);
  return withoutVersion(object) === withoutVersion(old);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

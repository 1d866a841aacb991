import { apiVersionOf, type ResourceDefinition } from '../kinds/resource-definition.ts';
import { definitionsIn } from '../kinds/resource-definitions.ts';
import { deleteObject } from '../objects/delete-object.ts';
import type { Change, Store } from '../objects/store.ts';
import type { OwnerReference, StoredObject } from '../objects/stored-object.ts';
import type { WriteDeps } from '../objects/write-object.ts';

/** An object with owner references. */
interface OwnedObject {
  readonly collection: string;
  readonly object: StoredObject;
}

/**
 * Deletes objects whose owners no longer exist, and removes the references to missing owners from other objects: on a
 * real cluster within seconds, here on the next turn of the event loop. An owner of an unknown kind counts as existing.
 */
export function startGarbageCollector(deps: WriteDeps): void {
  const { store } = deps;
  const owned = new Map<string, OwnedObject>();
  const check = (one: OwnedObject) => setImmediate(() => collect(deps, one));
  store.subscribeAll((collection, { type, object }: Change) => {
    const key = `${collection} ${object.metadata.uid}`;
    if (type === 'DELETED') {
      owned.delete(key);
      for (const one of owned.values()) if (isOwnedBy(one, object)) check(one);
    } else if (object.metadata.ownerReferences === undefined) {
      owned.delete(key);
    } else {
      owned.set(key, { collection, object });
      check({ collection, object });
    }
  });
}

function isOwnedBy({ object }: OwnedObject, { metadata }: StoredObject): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true;
}

function collect(deps: WriteDeps, { collection, object }: OwnedObject): void {
  const { store } = deps;
  const { namespace, name, uid } = object.metadata;
  const current = store.get(collection, namespace, name);
  const definitions = definitionsIn(store);
  const definition = definitions.find((one) => one.collection === collection);
  if (current?.metadata.uid !== uid || definition === undefined) return;
  const { ownerReferences = [] } = current.metadata;
  const existing = ownerReferences.filter((owner) =>
    ownerExists(store, definitions, namespace, owner),
  );
  if (existing.length === ownerReferences.length || current.metadata.deletionTimestamp) return;
  if (existing.length === 0) deleteObject(deps, { definition, namespace, name }, {});
  else
    store.put(collection, {
      ...current,
      metadata: { ...current.metadata, ownerReferences: existing },
    });
}

function ownerExists(
  store: Store,
  definitions: readonly ResourceDefinition[],
  namespace: string | undefined,
  { apiVersion, kind, name, uid }: OwnerReference,
): boolean {
  const definition = definitions.find((d) => d.kind === kind && apiVersionOf(d) === apiVersion);
  if (definition === undefined) return true;
  const ownerNamespace = definition.isNamespaced ? namespace : undefined;
  return store.get(definition.collection, ownerNamespace, name)?.metadata.uid === uid;
}

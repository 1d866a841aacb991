import { deleteObject } from '../objects/delete-object.ts';
import { apiVersionOf, type ResourceDefinition } from '../kinds/resource-definition.ts';
import { definitionsIn } from '../kinds/resource-definitions.ts';
import type { Change, Store } from '../objects/store.ts';
import type { OwnerReference, StoredObject } from '../objects/stored-object.ts';
import type { WriteDeps } from '../objects/write-object.ts';

/** An object that says who owns it. */
interface Owned {
  readonly collection: string;
  readonly object: StoredObject;
}

/**
 * Removes objects all of whose owners are gone, and takes an owner that is gone off what has another. On a real cluster a
 * controller does that within seconds; here the next turn of the event loop does. An owner of a kind that is not served
 * counts as there, as nobody can tell.
 */
export function startGarbageCollector(deps: WriteDeps): void {
  const { store } = deps;
  const owned = new Map<string, Owned>();
  const look = (one: Owned) => setImmediate(() => collect(deps, one));
  store.subscribeAll((collection, { type, object }: Change) => {
    const key = `${collection} ${object.metadata.uid}`;
    if (type === 'DELETED') {
      owned.delete(key);
      for (const one of owned.values()) if (namesOwner(one, object)) look(one);
    } else if (object.metadata.ownerReferences === undefined) {
      owned.delete(key);
    } else {
      owned.set(key, { collection, object });
      look({ collection, object });
    }
  });
}

function namesOwner({ object }: Owned, { metadata }: StoredObject): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true;
}

function collect(deps: WriteDeps, { collection, object }: Owned): void {
  const { store } = deps;
  const { namespace, name, uid } = object.metadata;
  const current = store.get(collection, namespace, name);
  const definitions = definitionsIn(store);
  const definition = definitions.find((one) => one.collection === collection);
  if (current?.metadata.uid !== uid || definition === undefined) return;
  const { ownerReferences = [] } = current.metadata;
  const isThere = (owner: OwnerReference) => ownerIsThere(store, definitions, namespace, owner);
  const there = ownerReferences.filter(isThere);
  if (there.length === ownerReferences.length || current.metadata.deletionTimestamp) return;
  if (there.length === 0) deleteObject(deps, { definition, namespace, name }, {});
  else
    store.put(collection, {
      ...current,
      metadata: { ...current.metadata, ownerReferences: there },
    });
}

function ownerIsThere(
  store: Store,
  definitions: readonly ResourceDefinition[],
  namespace: string | undefined,
  { apiVersion, kind, name, uid }: OwnerReference,
): boolean {
  const definition = definitions.find((d) => d.kind === kind && apiVersionOf(d) === apiVersion);
  if (definition === undefined) return true;
  const where = definition.isNamespaced ? namespace : undefined;
  return store.get(definition.collection, where, name)?.metadata.uid === uid;
}

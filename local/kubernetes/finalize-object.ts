import { NAMESPACES } from './kinds/namespace.ts';
import type { ResourceDefinition } from './kinds/resource-definition.ts';
import type { Store } from './objects/store.ts';
import type { StoredObject } from './objects/stored-object.ts';

/**
 * Removes an object that is to be deleted once nothing holds it: no finalizer, and nobody with time to end it.
 * Namespaces are held by their content, and go elsewhere.
 */
export function removeWhenFinalized(
  store: Store,
  { collection }: ResourceDefinition,
  object: StoredObject,
): StoredObject {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  const isHeld =
    deletionGracePeriodSeconds > 0 || finalizers.length > 0 || collection === NAMESPACES.collection;
  if (deletionTimestamp && !isHeld) store.remove(collection, object);
  return object;
}

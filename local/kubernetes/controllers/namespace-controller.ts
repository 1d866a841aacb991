import { forbidden } from '../errors/api-error.ts';
import { assertPreconditions, type DeleteOptions, deleteObject } from '../objects/delete-object.ts';
import { NAMESPACES, type Namespace } from '../kinds/namespace.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import { definitionsIn } from '../kinds/resource-definitions.ts';
import type { Store } from '../objects/store.ts';
import { type StoredObject, timestamp } from '../objects/stored-object.ts';
import { createObject, requireObject, type WriteDeps } from '../objects/write-object.ts';

/**
 * A namespace that is deleted says so first (`Terminating`), refuses new content, loses what it has, and goes when it
 * is empty. On a real cluster a controller does that a moment later; here the next turn of the event loop does.
 */

/** The namespaces that every cluster begins with. */
export const INITIAL_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const UNDELETABLE = ['default', 'kube-public', 'kube-system'];

/** Makes the namespaces that every cluster begins with. */
export function createInitialNamespaces(deps: WriteDeps): void {
  for (const name of INITIAL_NAMESPACES)
    createObject(deps, NAMESPACES, undefined, NAMESPACES.decode({ metadata: { name } }));
}

/**
 * Begins the end of a namespace.
 *
 * @throws ApiError 403 for those that a cluster cannot be without
 */
export function terminateNamespace(
  { store, clock }: WriteDeps,
  name: string,
  options: DeleteOptions,
): StoredObject {
  const object = requireObject(store, { definition: NAMESPACES, namespace: undefined, name });
  if (UNDELETABLE.includes(name))
    throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
  assertPreconditions(NAMESPACES, object, options);
  if (object.metadata.deletionTimestamp) return object;
  const deletionTimestamp = timestamp(clock.now());
  const terminating: StoredObject & Pick<Namespace, 'status'> = {
    ...object,
    metadata: { ...object.metadata, deletionTimestamp },
    status: { phase: 'Terminating' },
  };
  return store.put(NAMESPACES.collection, terminating);
}

/** Empties and removes namespaces that are terminating, whenever something in them may have changed. */
export function startNamespaceController(deps: WriteDeps): void {
  const { store } = deps;
  const look = (name = '') =>
    setImmediate(() => {
      const namespace = store.get(NAMESPACES.collection, undefined, name);
      if (namespace?.metadata.deletionTimestamp) empty(deps, namespace);
    });
  store.subscribeAll((collection, { type, object: { metadata } }) => {
    if (collection === NAMESPACES.collection) look(metadata.name);
    else if (type === 'DELETED') look(metadata.namespace);
  });
}

function empty(deps: WriteDeps, namespace: StoredObject): void {
  const { store } = deps;
  const { name, finalizers = [] } = namespace.metadata;
  const contentOf = ({ collection }: ResourceDefinition) =>
    store.snapshot(collection).objects.filter(({ metadata }) => metadata.namespace === name);
  const definitions = contentDefinitions(store);
  for (const definition of definitions)
    for (const { metadata } of contentOf(definition))
      deleteObject(
        deps,
        { definition, namespace: name, name: metadata.name },
        { gracePeriodSeconds: 0 },
      );
  const isEmpty = definitions.every((definition) => contentOf(definition).length === 0);
  if (isEmpty && finalizers.length === 0) store.remove(NAMESPACES.collection, namespace);
}

// Events have two definitions and one collection; the first is enough.
function contentDefinitions(store: Store): readonly ResourceDefinition[] {
  const namespaced = definitionsIn(store).filter(({ isNamespaced }) => isNamespaced);
  return [...new Map(namespaced.map((d) => [d.collection, d])).values()];
}

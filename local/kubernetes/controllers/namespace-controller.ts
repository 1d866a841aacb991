import { forbidden } from '../errors/api-error.ts';
import { NAMESPACES, type Namespace } from '../kinds/namespace.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import { definitionsIn } from '../kinds/resource-definitions.ts';
import { assertPreconditions, type DeleteOptions, deleteObject } from '../objects/delete-object.ts';
import { type StoredObject, timestamp } from '../objects/stored-object.ts';
import { createObject, requireObject, type WriteDeps } from '../objects/write-object.ts';

/**
 * A deleted namespace becomes `Terminating` and refuses new objects. The controller deletes its content and removes it
 * when it is empty: on a real cluster a moment later, here on the next turn of the event loop.
 */

/** The initial namespaces of every cluster. */
const INITIAL_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const UNDELETABLE = ['default', 'kube-public', 'kube-system'];

/** Creates the initial namespaces of every cluster. */
export function createInitialNamespaces(deps: WriteDeps): void {
  for (const name of INITIAL_NAMESPACES)
    createObject(deps, NAMESPACES, undefined, NAMESPACES.decode({ metadata: { name } }));
}

/**
 * Marks a namespace for deletion.
 *
 * @throws ApiError 403 for the system namespaces
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

/** Empties and removes terminating namespaces. Checks a namespace after each change that could affect it. */
export function startNamespaceController(deps: WriteDeps): void {
  const { store } = deps;
  const check = (name = '') =>
    setImmediate(() => {
      const namespace = store.get(NAMESPACES.collection, undefined, name);
      if (namespace?.metadata.deletionTimestamp) emptyNamespace(deps, namespace);
    });
  store.subscribeAll((collection, { type, object: { metadata } }) => {
    if (collection === NAMESPACES.collection) check(metadata.name);
    else if (type === 'DELETED') check(metadata.namespace);
  });
}

function emptyNamespace(deps: WriteDeps, namespace: StoredObject): void {
  const { store } = deps;
  const { name, finalizers = [] } = namespace.metadata;
  const contentOf = ({ collection }: ResourceDefinition) =>
    store.snapshot(collection).objects.filter(({ metadata }) => metadata.namespace === name);
  const definitions = definitionsIn(store).filter(({ isNamespaced }) => isNamespaced);
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

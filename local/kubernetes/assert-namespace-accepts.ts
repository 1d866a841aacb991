import { forbidden, notFound } from './errors/api-error.ts';
import { NAMESPACES } from './kinds/namespace.ts';
import type { ResourceDefinition } from './kinds/resource-definition.ts';
import type { Store } from './objects/store.ts';

/** @throws ApiError 404 when the namespace is not there, 403 when it is being deleted */
export function assertNamespaceAccepts(
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

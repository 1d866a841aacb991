import { badRequest } from '../errors/api-error.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import type { StoredObject } from '../objects/stored-object.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';

/** The objects that a list or watch returns. */
export interface ObjectSelection {
  readonly matches: (object: StoredObject) => boolean;
  /** Whether the request has selectors. Its list then has no `remainingItemCount`. */
  readonly hasSelectors: boolean;
}

/**
 * Selects objects by namespace, `labelSelector` and `fieldSelector`.
 *
 * @throws ApiError 400 for a malformed selector, or a field that the kind does not support
 */
export function selectObjects(
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
): ObjectSelection {
  const labels = query.get('labelSelector') ?? '';
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  const labelsMatch = parseLabelSelector(labels);
  const supported = ['metadata.name', 'metadata.namespace', ...definition.fields];
  for (const { field } of fields)
    if (!supported.includes(field)) throw badRequest(`field label not supported: ${field}`);
  const fieldsMatch = (object: StoredObject) => {
    const { name, namespace: ownNamespace } = object.metadata;
    const values: Readonly<Record<string, string | undefined>> = {
      ...definition.fieldsOf(object),
      'metadata.name': name,
      'metadata.namespace': ownNamespace,
    };
    return fields.every(
      ({ field, value, isEqual }) => ((values[field] ?? '') === value) === isEqual,
    );
  };
  return {
    hasSelectors: labels !== '' || fields.length > 0,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      labelsMatch(object.metadata.labels ?? {}) &&
      (fields.length === 0 || fieldsMatch(object)),
  };
}

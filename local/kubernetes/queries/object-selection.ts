import { badRequest } from '../errors/api-error.ts';
import { parseFieldSelector } from '../field-selector.ts';
import { parseLabelSelector } from './selectors.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';
import type { StoredObject } from '../objects/stored-object.ts';

/** Which objects a list or a watch is about. */
export interface ObjectSelection {
  readonly matches: (object: StoredObject) => boolean;
  /** Whether labels or fields are selected; a list then does not say how many objects remain. */
  readonly hasSelectors: boolean;
}

/**
 * What a request selects by its namespace, `labelSelector` and `fieldSelector`.
 *
 * @throws ApiError 400 for a selector that cannot be read, or a field that the kind cannot be selected by
 */
export function selectObjects(
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
): ObjectSelection {
  const labels = query.get('labelSelector') ?? '';
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  const hasLabels = parseLabelSelector(labels);
  const known = ['metadata.name', 'metadata.namespace', ...definition.fields];
  for (const { field } of fields)
    if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
  const hasFields = (object: StoredObject) => {
    const { name, namespace: own } = object.metadata;
    const values: Readonly<Record<string, string | undefined>> = {
      ...definition.fieldsOf(object),
      'metadata.name': name,
      'metadata.namespace': own,
    };
    return fields.every(
      ({ field, value, isEqual }) => ((values[field] ?? '') === value) === isEqual,
    );
  };
  return {
    hasSelectors: labels !== '' || fields.length > 0,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      hasLabels(object.metadata.labels ?? {}) &&
      (fields.length === 0 || hasFields(object)),
  };
}

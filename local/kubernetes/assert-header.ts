import { badRequest, invalid } from './errors/api-error.ts';
import { invalidValue } from './errors/field-error.ts';
import { apiVersionOf, type ResourceDefinition } from './kinds/resource-definition.ts';

/**
 * A custom object has to say what it is; of others it is known by the path.
 *
 * @throws ApiError 400 when it does not, or is of another version; 422 when it is of another kind
 */
export function assertHeader(
  definition: ResourceDefinition,
  { kind, apiVersion = '', metadata }: Readonly<Record<string, unknown>>,
): void {
  const expected = apiVersionOf(definition);
  if (kind === undefined)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${definition.kind}): Object 'Kind' is missing`,
    );
  if (apiVersion !== expected)
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  if (kind === definition.kind) return;
  const { name = '' } = (metadata ?? {}) as { name?: string };
  throw invalid({ group: definition.group, plural: String(kind) }, name, [
    invalidValue('kind', kind, `must be ${definition.kind}`),
  ]);
}

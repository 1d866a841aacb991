import { ZodError } from 'zod';
import { isRecord } from '../../../contract/is-record.ts';
import { badRequest, invalid } from '../errors/api-error.ts';
import { invalidValue } from '../errors/field-error.ts';
import { apiVersionOf, type ResourceDefinition } from '../kinds/resource-definition.ts';
import type { SentObject } from '../objects/stored-object.ts';

/**
 * Parses the JSON body of a request.
 *
 * @param prefix - start of the error message
 * @throws ApiError 400 unless the body is a JSON object
 */
export function parseBody(body: string, prefix: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (isRecord(value)) return value;
  } catch (cause) {
    throw badRequest(`${prefix}: ${cause instanceof Error ? cause.message : ''}`);
  }
  throw badRequest(`${prefix}: not a JSON object`);
}

/**
 * Checks that a custom object states its kind and version. Other objects may omit them.
 *
 * @throws ApiError 400 for a missing kind or another version, 422 for another kind
 */
export function assertCustomHeader(
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

/**
 * Decodes an object that a client sent. Checks only the types of its fields.
 *
 * @throws ApiError 400 for another kind or version, or a field of the wrong type
 */
export function decodeObject(definition: ResourceDefinition, body: unknown): SentObject {
  const { kind } = definition;
  const apiVersion = apiVersionOf(definition);
  const sent = isRecord(body) ? body : {};
  const { kind: sentKind = kind, apiVersion: sentVersion = apiVersion, ...object } = sent;
  const cannot = `${sentKind} in version "${sentVersion}" cannot be handled as a ${kind}`;
  if (sentKind !== kind) throw badRequest(`${cannot}: unknown conversion`);
  if (sentVersion !== apiVersion) throw badRequest(`${cannot}: no such version`);
  try {
    return withoutEmptyMetadata(definition.decode({ metadata: {}, ...withoutNulls(object) }));
  } catch (error) {
    if (error instanceof ZodError) throw badRequest(`${cannot}: ${formatIssues(error)}`);
    throw error;
  }
}

/** Formats type errors with their paths, e.g. `data.k: illegal base64 data`. */
function formatIssues(error: ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join(', ');
}

/** Removes fields that are null: Go decodes null as an absent field. */
function withoutNulls<T>(value: T): T;
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(entries.map(([key, field]) => [key, withoutNulls(field)]));
}

/** Removes empty maps and lists from the metadata: Go omits them when it encodes an object. */
function withoutEmptyMetadata<T extends SentObject>(object: T): T {
  const isEmpty = (value: unknown) =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  const { labels, annotations, finalizers, ownerReferences, ...metadata } = object.metadata;
  const kept = { labels, annotations, finalizers, ownerReferences };
  const entries = Object.entries(kept).filter(([, v]) => v !== undefined && !isEmpty(v));
  return { ...object, metadata: { ...metadata, ...Object.fromEntries(entries) } };
}

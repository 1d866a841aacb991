import { ZodError } from 'zod';
import { badRequest } from '../errors/api-error.ts';
import { isRecord } from '../is-record.ts';
import { apiVersionOf, type ResourceDefinition } from '../kinds/resource-definition.ts';
import type { SentObject } from '../objects/stored-object.ts';

/**
 * Reads the JSON of a request's body.
 *
 * @param whatItIs begins the message of the error
 * @throws ApiError 400 when it is no JSON object
 */
export function parseBody(body: string, whatItIs: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (isRecord(value)) return value;
  } catch (cause) {
    throw badRequest(`${whatItIs}: ${cause instanceof Error ? cause.message : ''}`);
  }
  throw badRequest(`${whatItIs}: it is no JSON object`);
}

/**
 * The object that a client sent, checked for the types of its fields only.
 *
 * @throws ApiError 400 when it is of another kind, or a field has the wrong type
 */
export function decodeObject(definition: ResourceDefinition, body: unknown): SentObject {
  const { kind } = definition;
  const apiVersion = apiVersionOf(definition);
  const sent = isRecord(body) ? body : {};
  const { kind: sentKind = kind, apiVersion: sentVersion = apiVersion } = sent;
  const cannot = `${sentKind} in version "${sentVersion}" cannot be handled as a ${kind}`;
  if (sentKind !== kind) throw badRequest(`${cannot}: unknown conversion`);
  if (sentVersion !== apiVersion) throw badRequest(`${cannot}: no such version`);
  try {
    return withoutEmptyMetadata(definition.decode({ metadata: {}, ...withoutNulls(sent) }));
  } catch (error) {
    if (error instanceof ZodError) throw badRequest(`${cannot}: ${describe(error)}`);
    throw error;
  }
}

/** Says where an object's types are wrong, e.g. `data.k: illegal base64 data`. */
function describe(error: ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('..')}: ${message}`).join(', ');
}

// Go reads null as the absence of a field.
function withoutNulls<T>(value: T): T;
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(entries.map(([key, field]) => [key, withoutNulls(field)]));
}

// Go leaves out maps and lists that are empty when it writes them.
function withoutEmptyMetadata<T extends SentObject>(object: T): T {
  const isEmpty = (value: unknown) =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  const { labels, annotations, finalizers, ownerReferences, ...metadata } = object.metadata;
  const kept = { labels, annotations, finalizers, ownerReferences };
  const entries = Object.entries(kept).filter(([, v]) => v !== undefined && !isEmpty(v));
  return { ...object, metadata: { ...metadata, ...Object.fromEntries(entries) } };
}

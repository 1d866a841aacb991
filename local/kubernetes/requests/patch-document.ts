import { ApiError, badRequest, notImplemented, unsupportedMediaType } from '../errors/api-error.ts';
import { isRecord } from '../is-record.ts';
import { applyJsonPatch } from '../json-patch.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';

const STRATEGIC = 'application/strategic-merge-patch+json';

/**
 * Applies a patch of the given media type to an object as it is answered.
 *
 * @throws ApiError 415 for a media type that is not spoken here, 400 for a patch that cannot be read, 422 for one that
 *   cannot be applied
 */
export function patchDocument(
  { isCustom }: Pick<ResourceDefinition, 'isCustom'>,
  contentType: string,
  document: object,
  patch: string,
): unknown {
  const [type = ''] = contentType.split(';');
  // Nobody has said of a custom object's lists how they are merged.
  if (isCustom && type.trim() === STRATEGIC) throw unspoken('application/apply-patch+yaml');
  switch (type.trim()) {
    case 'application/merge-patch+json':
      return applyMergePatch(document, parseRecord(patch));
    case STRATEGIC:
      return applyMergePatch(document, assertSimple(parseRecord(patch)));
    case 'application/json-patch+json':
      return applyOperations(document, parseArray(patch));
    default:
      throw unspoken(STRATEGIC);
  }
}

function unspoken(also: string): ApiError {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, ${also}`,
  );
}

function applyOperations(document: object, operations: readonly unknown[]): unknown {
  try {
    return applyJsonPatch(document, operations);
  } catch {
    // The API server does not say which operation failed either.
    const message = 'the server rejected our request due to an error in our request';
    throw new ApiError(422, 'Invalid', message, {});
  }
}

/** A merge patch (RFC 7386): null removes, objects merge, everything else replaces. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = applyMergePatch(merged[key], value);
  }
  return merged;
}

// Without lists and directives a strategic merge patch is a merge patch. With them it needs to know each list's key.
function assertSimple<T>(patch: T): T {
  if (Array.isArray(patch)) throw notImplemented('strategic merge patches of lists');
  if (!isRecord(patch)) return patch;
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$'))
      throw notImplemented(`the directive ${key} of strategic merge patches`);
    assertSimple(value);
  }
  return patch;
}

function parseRecord(text: string): Record<string, unknown> {
  const value = parseJson(text);
  if (isRecord(value)) return value;
  throw badRequest('error decoding patch: it is no JSON object');
}

function parseArray(text: string): readonly unknown[] {
  const value = parseJson(text);
  if (Array.isArray(value)) return value;
  throw badRequest('error decoding patch: it is no JSON array');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badRequest(`error decoding patch: ${cause instanceof Error ? cause.message : ''}`);
  }
}

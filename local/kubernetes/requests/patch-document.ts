import { isRecord } from '../../../contract/is-record.ts';
import {
  type ApiError,
  badRequest,
  notImplemented,
  unsupportedMediaType,
} from '../errors/api-error.ts';
import type { ResourceDefinition } from '../kinds/resource-definition.ts';

const STRATEGIC = 'application/strategic-merge-patch+json';

/**
 * Applies a JSON merge patch (RFC 7386) to a rendered object.
 *
 * @throws ApiError 415 for a media type that the API server does not accept, 501 for other patches that it accepts, 400
 *   for a malformed patch
 */
export function patchDocument(
  { isCustom }: Pick<ResourceDefinition, 'isCustom'>,
  contentType: string,
  document: object,
  patch: string,
): unknown {
  const [type = ''] = contentType.split(';').map((part) => part.trim());
  if (type === 'application/merge-patch+json') return applyMergePatch(document, parsePatch(patch));
  // A custom resource has no patch strategies, so the API server does not accept the type either.
  if (type === STRATEGIC && !isCustom) throw notImplemented('strategic merge patches');
  if (type === 'application/json-patch+json') throw notImplemented('JSON patches');
  throw unsupportedPatch(isCustom ? 'application/apply-patch+yaml' : STRATEGIC);
}

function unsupportedPatch(alsoAccepted: string): ApiError {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, ${alsoAccepted}`,
  );
}

/** Removes fields that are null, merges objects and replaces all other values. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = applyMergePatch(merged[key], value);
  }
  return merged;
}

function parsePatch(text: string): Record<string, unknown> {
  const value = parseJson(text);
  if (isRecord(value)) return value;
  throw badRequest('error decoding patch: not a JSON object');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badRequest(`error decoding patch: ${cause instanceof Error ? cause.message : ''}`);
  }
}

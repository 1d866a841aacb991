import type { StoredObject } from '../objects/stored-object.ts';
import type { ObjectTarget } from '../objects/write-object.ts';
import { negotiateRepresentation } from './content-negotiation.ts';
import type { FoundDefinition } from './find-definition.ts';
import { type HttpResponse, jsonResponse } from './http-response.ts';
import { renderObject } from './render-object.ts';
import type { RequestAttributes } from './request-attributes.ts';

/** A request about a resource. */
export interface ResourceRequest {
  readonly attributes: RequestAttributes;
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly contentType: string;
  readonly body: string;
}

/** The object that a request names. */
export function targetOf(
  { attributes }: ResourceRequest,
  { definition }: FoundDefinition,
): ObjectTarget {
  return {
    definition,
    namespace: namespaceOf(attributes, definition),
    name: attributes.name ?? '',
  };
}

/** The namespace of a request. Only authorization treats a Namespace object as part of its own namespace. */
export function namespaceOf(
  { namespace }: RequestAttributes,
  { isNamespaced }: { isNamespaced: boolean },
) {
  return isNamespaced ? namespace : undefined;
}

/** Responds with an object, in the representation that the request accepts. */
export function objectResponse(
  { accept }: ResourceRequest,
  { definition }: FoundDefinition,
  object: StoredObject,
  status = 200,
): HttpResponse {
  return jsonResponse(
    status,
    renderObject(definition, object, negotiateRepresentation(accept, false)),
  );
}

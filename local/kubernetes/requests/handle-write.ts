import { terminateNamespace } from '../controllers/namespace-controller.ts';
import { ApiError, invalid } from '../errors/api-error.ts';
import { invalidValue } from '../errors/field-error.ts';
import { NAMESPACES } from '../kinds/namespace.ts';
import { PODS } from '../kinds/pod.ts';
import { namesInErrors } from '../kinds/resource-definition.ts';
import { deleteObject, parseDeleteOptions } from '../objects/delete-object.ts';
import type { SentObject } from '../objects/stored-object.ts';
import {
  assertUidMatches,
  createObject,
  requireObject,
  updateObject,
  type WriteDeps,
} from '../objects/write-object.ts';
import { assertCustomHeader, decodeObject, parseBody } from './decode-object.ts';
import type { FoundDefinition } from './find-definition.ts';
import { type HttpResponse, jsonResponse } from './http-response.ts';
import { patchDocument } from './patch-document.ts';
import { renderObject } from './render-object.ts';
import { namespaceOf, objectResponse, type ResourceRequest, targetOf } from './resource-request.ts';

/** Carries out a request that writes. */
type WriteHandler = (
  deps: WriteDeps,
  request: ResourceRequest,
  found: FoundDefinition,
) => HttpResponse;

function sentObject({ body }: ResourceRequest, { definition }: FoundDefinition): SentObject {
  const unrecognized = `the object provided is unrecognized (must be of type ${definition.kind})`;
  const sent = parseBody(body, `${unrecognized}: couldn't get version/kind; json parse error`);
  if (definition.isCustom) assertCustomHeader(definition, sent);
  return decodeObject(definition, sent);
}

/** Creates the object in the body. */
export const handleCreate: WriteHandler = (deps, request, found) => {
  const { definition } = found;
  const namespace = namespaceOf(request.attributes, definition);
  const sent = sentObject(request, found);
  return objectResponse(request, found, createObject(deps, definition, namespace, sent), 201);
};

/** Replaces the stored object with the one in the body. */
export const handleUpdate: WriteHandler = (deps, request, found) => {
  const target = targetOf(request, found);
  const sent = sentObject(request, found);
  assertVersionSent(found, sent);
  assertUidMatches(deps.store, target, sent);
  return objectResponse(request, found, updateObject(deps, target, sent, found.subresource));
};

/** Checks that an update of a custom object has a `resourceVersion`, which the API server requires. */
function assertVersionSent({ definition }: FoundDefinition, { metadata }: SentObject): void {
  if (!definition.isCustom || metadata.resourceVersion) return;
  const error = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
  throw invalid(namesInErrors(definition).resource, metadata.name, [error]);
}

/** Applies the patch in the body to the stored object. */
export const handlePatch: WriteHandler = (deps, request, found) => {
  const target = targetOf(request, found);
  const before = renderObject(found.definition, requireObject(deps.store, target));
  const patched = patchDocument(found.definition, request.contentType, before, request.body);
  const sent = decodePatched(found, patched);
  return objectResponse(request, found, updateObject(deps, target, sent, found.subresource));
};

/** Decodes a patched object. A type error is 400 in a sent object, but 422 after a patch. */
function decodePatched({ definition }: FoundDefinition, patched: unknown): SentObject {
  try {
    return decodeObject(definition, patched);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw invalid({ group: '', plural: '' }, '', [
      invalidValue('patch', 'the patched object', error.message),
    ]);
  }
}

/** Deletes the object, or marks it for deletion. */
export const handleDelete: WriteHandler = (deps, request, found) => {
  const { definition } = found;
  const target = targetOf(request, found);
  const options = parseDeleteOptions(request.body, request.query);
  if (definition === NAMESPACES)
    return objectResponse(request, found, terminateNamespace(deps, target.name, options));
  const object = deleteObject(deps, target, options);
  const isHeld = deps.store.get(definition.collection, target.namespace, target.name);
  if (isHeld || definition === PODS) return objectResponse(request, found, object);
  const { name, uid } = object.metadata;
  return jsonResponse(200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name,
      ...(definition.group && { group: definition.group }),
      kind: definition.plural,
      uid,
    },
  });
};

import { type Answer, jsonAnswer } from '../server/answer.ts';
import { ApiError, invalid } from '../errors/api-error.ts';
import { assertHeader } from '../assert-header.ts';
import { decodeObject, parseBody } from './decode-object.ts';
import { deleteObject, parseDeleteOptions } from '../objects/delete-object.ts';
import { invalidValue } from '../errors/field-error.ts';
import type { FoundDefinition } from './find-definition.ts';
import { NAMESPACES } from '../kinds/namespace.ts';
import { PODS } from '../kinds/pod.ts';
import { namesOfKind } from '../names-of-kind.ts';
import { terminateNamespace } from '../controllers/namespace-controller.ts';
import { patchDocument } from './patch-document.ts';
import { renderObject } from './render-object.ts';
import { answerObject, namespaceOf, type ResourceRequest, targetOf } from './resource-request.ts';
import type { SentObject } from '../objects/stored-object.ts';
import {
  assertUidMatches,
  createObject,
  requireObject,
  updateObject,
  type WriteDeps,
} from '../objects/write-object.ts';

/** How a verb that writes is answered. */
export type AnswerWrite = (
  deps: WriteDeps,
  request: ResourceRequest,
  found: FoundDefinition,
) => Answer;

function sentObject({ body }: ResourceRequest, { definition }: FoundDefinition): SentObject {
  const unrecognized = `the object provided is unrecognized (must be of type ${definition.kind})`;
  const sent = parseBody(body, `${unrecognized}: couldn't get version/kind; json parse error`);
  if (definition.isCustom) assertHeader(definition, sent);
  return decodeObject(definition, sent);
}

/** Adds the object that was sent. */
export const answerCreate: AnswerWrite = (deps, request, found) => {
  const { definition } = found;
  const namespace = namespaceOf(request.attributes, definition);
  const sent = sentObject(request, found);
  return answerObject(request, found, createObject(deps, definition, namespace, sent), 201);
};

/** Puts the object that was sent in the place of the stored one. */
export const answerUpdate: AnswerWrite = (deps, request, found) => {
  const target = targetOf(request, found);
  const sent = sentObject(request, found);
  assertVersionSent(found, sent);
  assertUidMatches(deps.store, target, sent);
  return answerObject(request, found, updateObject(deps, target, sent, found.subresource));
};

// An update of a custom object has to say which version it is about.
function assertVersionSent({ definition }: FoundDefinition, { metadata }: SentObject): void {
  if (!definition.isCustom || metadata.resourceVersion) return;
  const error = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
  throw invalid(namesOfKind(definition).resource, metadata.name, [error]);
}

/** Changes the stored object as the patch that was sent says. */
export const answerPatch: AnswerWrite = (deps, request, found) => {
  const target = targetOf(request, found);
  const before = renderObject(found.definition, requireObject(deps.store, target));
  const patched = patchDocument(found.definition, request.contentType, before, request.body);
  const sent = decodePatched(found, patched);
  return answerObject(request, found, updateObject(deps, target, sent, found.subresource));
};

// What cannot be read is the client's mistake in both cases; after a patch the API server calls it invalid.
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

/** Deletes the object, or begins to. */
export const answerDelete: AnswerWrite = (deps, request, found) => {
  const { definition } = found;
  const target = targetOf(request, found);
  const options = parseDeleteOptions(request.body, request.query);
  if (definition === NAMESPACES)
    return answerObject(request, found, terminateNamespace(deps, target.name, options));
  const object = deleteObject(deps, target, options);
  const isHeld = deps.store.get(definition.collection, target.namespace, target.name);
  if (isHeld || definition === PODS) return answerObject(request, found, object);
  const { name, uid } = object.metadata;
  return jsonAnswer(200, {
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

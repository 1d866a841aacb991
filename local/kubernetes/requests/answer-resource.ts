import { methodNotAllowed, notImplemented } from '../errors/api-error.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kinds/custom-resource-definition.ts';
import { NAMESPACES } from '../kinds/namespace.ts';
import { requireObject, type WriteDeps } from '../objects/write-object.ts';
import { listObjects } from '../queries/list-objects.ts';
import { watchObjects } from '../queries/watch-objects.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { answerCreate, answerDelete, answerPatch, answerUpdate } from './answer-write.ts';
import { bindPod } from './bind-pod.ts';
import { negotiateRepresentation } from './content-negotiation.ts';
import { type FoundDefinition, findDefinition } from './find-definition.ts';
import { renderPage, renderWatchEvent } from './render-object.ts';
import { answerObject, namespaceOf, type ResourceRequest, targetOf } from './resource-request.ts';

/** Length of a watch without `timeoutSeconds`. The real API server picks 30 to 60 minutes at random. */
const WATCH_SECONDS = 1_800;

/** Carries out a request about a resource. @throws ApiError when the API refuses it */
export function answerResource(deps: WriteDeps, request: ResourceRequest): Answer {
  const found = findDefinition(deps.store, request.attributes);
  if (request.query.has('dryRun')) throw notImplemented('dry runs');
  switch (request.attributes.verb) {
    case 'get':
      return answerObject(request, found, requireObject(deps.store, targetOf(request, found)));
    case 'list':
      return answerList(deps, request, found);
    case 'watch':
      return answerWatch(deps, request, found);
    case 'create':
      return found.subresource === 'binding'
        ? jsonAnswer(201, bindPod(deps, targetOf(request, found), request.body))
        : answerCreate(deps, request, found);
    case 'update':
      return answerUpdate(deps, request, found);
    case 'patch':
      return answerPatch(deps, request, found);
    case 'delete':
      if (found.definition === CUSTOM_RESOURCE_DEFINITIONS)
        throw notImplemented('deletions of custom resource definitions');
      return answerDelete(deps, request, found);
    case 'deletecollection':
      throw found.definition === NAMESPACES
        ? methodNotAllowed()
        : notImplemented('deletions of collections');
    default:
      throw methodNotAllowed();
  }
}

function answerList(
  { store }: WriteDeps,
  { attributes, query, accept }: ResourceRequest,
  { definition }: FoundDefinition,
): Answer {
  const representation = negotiateRepresentation(accept, true);
  const page = listObjects(store, definition, namespaceOf(attributes, definition), query);
  return jsonAnswer(200, renderPage(definition, page, representation));
}

function answerWatch(
  { store }: WriteDeps,
  { attributes, query, accept }: ResourceRequest,
  { definition }: FoundDefinition,
): Answer {
  const representation = negotiateRepresentation(accept, false);
  const watch = watchObjects(store, definition, namespaceOf(attributes, definition), query);
  return {
    kind: 'stream',
    timeoutSeconds: Number(query.get('timeoutSeconds') ?? 0) || WATCH_SECONDS,
    start: (send, end) =>
      watch.start((event) => {
        send(renderWatchEvent(definition, event, representation));
        if (event.type === 'ERROR') end();
      }),
    bookmark() {
      const event = watch.bookmark();
      return event && renderWatchEvent(definition, event, representation);
    },
  };
}

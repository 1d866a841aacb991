import { methodNotAllowed, notImplemented } from '../errors/api-error.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kinds/custom-resource-definition.ts';
import { NAMESPACES } from '../kinds/namespace.ts';
import { requireObject, type WriteDeps } from '../objects/write-object.ts';
import { listObjects } from '../queries/list-objects.ts';
import { watchObjects } from '../queries/watch-objects.ts';
import { bindPod } from './bind-pod.ts';
import { negotiateRepresentation } from './content-negotiation.ts';
import { type FoundDefinition, findDefinition } from './find-definition.ts';
import { handleCreate, handleDelete, handlePatch, handleUpdate } from './handle-write.ts';
import { type HttpResponse, jsonResponse } from './http-response.ts';
import { renderPage, renderWatchEvent } from './render-object.ts';
import { requestToken, type TokenDeps } from './request-token.ts';
import { namespaceOf, objectResponse, type ResourceRequest, targetOf } from './resource-request.ts';

/** Length of a watch without `timeoutSeconds`. The real API server picks 30 to 60 minutes at random. */
const WATCH_SECONDS = 1_800;

/** Carries out a request about a resource. @throws ApiError when the API refuses it */
export function handleResourceRequest(deps: TokenDeps, request: ResourceRequest): HttpResponse {
  const found = findDefinition(deps.store, request.attributes);
  if (request.query.has('dryRun')) throw notImplemented('dry runs');
  switch (request.attributes.verb) {
    case 'get':
      return objectResponse(request, found, requireObject(deps.store, targetOf(request, found)));
    case 'list':
      return handleList(deps, request, found);
    case 'watch':
      return handleWatch(deps, request, found);
    case 'create':
      return handlePost(deps, request, found);
    case 'update':
      return handleUpdate(deps, request, found);
    case 'patch':
      return handlePatch(deps, request, found);
    case 'delete':
      if (found.definition === CUSTOM_RESOURCE_DEFINITIONS)
        throw notImplemented('deletions of custom resource definitions');
      return handleDelete(deps, request, found);
    case 'deletecollection':
      throw found.definition === NAMESPACES
        ? methodNotAllowed()
        : notImplemented('deletions of collections');
    default:
      throw methodNotAllowed();
  }
}

function handlePost(
  deps: TokenDeps,
  request: ResourceRequest,
  found: FoundDefinition,
): HttpResponse {
  const target = targetOf(request, found);
  switch (found.subresource) {
    case 'binding':
      return jsonResponse(201, bindPod(deps, target, request.body));
    case 'token':
      return jsonResponse(201, requestToken(deps, target, request.body));
    default:
      return handleCreate(deps, request, found);
  }
}

function handleList(
  { store }: WriteDeps,
  { attributes, query, accept }: ResourceRequest,
  { definition }: FoundDefinition,
): HttpResponse {
  const representation = negotiateRepresentation(accept, true);
  const page = listObjects(store, definition, namespaceOf(attributes, definition), query);
  return jsonResponse(200, renderPage(definition, page, representation));
}

function handleWatch(
  { store }: WriteDeps,
  { attributes, query, accept }: ResourceRequest,
  { definition }: FoundDefinition,
): HttpResponse {
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

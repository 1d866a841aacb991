import { type Authorize, forbiddenPath, forbiddenResource } from '../access/authorization.ts';
import type { Authenticate, UserInfo } from '../access/user-info.ts';
import { ApiError, unauthorized, unsupportedMediaType } from '../errors/api-error.ts';
import { isUndefinedCustom } from './find-definition.ts';
import { handleResourceRequest } from './handle-resource-request.ts';
import {
  type BodyResponse,
  type HttpResponse,
  jsonResponse,
  textResponse,
} from './http-response.ts';
import { requestAttributes } from './request-attributes.ts';
import type { TokenDeps } from './request-token.ts';

/** An HTTP request. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface HandlerDeps extends TokenDeps {
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
}

const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

const PAGE_NOT_FOUND = textResponse(404, '404 page not found\n');

/** Paths that are answered without authorization. */
const PUBLIC_RESPONSES: ReadonlyMap<string, HttpResponse> = new Map([
  ['/healthz', textResponse(200, 'ok')],
  ['/livez', textResponse(200, 'ok')],
  ['/readyz', textResponse(200, 'ok')],
  ['/version', jsonResponse(200, { major: '1', minor: '36', gitVersion: 'v1.36.0-embedded' })],
]);

/**
 * Identifies the user of a request by its bearer token. A request without a token is anonymous.
 *
 * @throws ApiError 401 for an unknown token
 */
export async function authenticateRequest(
  authenticate: Authenticate,
  { headers }: Pick<HttpRequest, 'headers'>,
): Promise<UserInfo> {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '') ?? [];
  if (token === undefined) return ANONYMOUS;
  const user = await authenticate(token);
  if (!user) throw unauthorized();
  return { ...user, groups: [...user.groups, 'system:authenticated'] };
}

/** Handles a user's request. Errors become `Status` objects. */
export function handleRequest(
  deps: HandlerDeps,
  user: UserInfo,
  request: HttpRequest,
): HttpResponse {
  try {
    return handleOrThrow(deps, user, request);
  } catch (error) {
    return errorResponse(error);
  }
}

/** Returns the response for an error. An unexpected error, which is a bug in this server, becomes 500. */
export function errorResponse(error: unknown): BodyResponse {
  const apiError =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'InternalError', `Internal error occurred: ${error}`, {});
  return jsonResponse(apiError.code, apiError.toStatus());
}

function handleOrThrow(deps: HandlerDeps, user: UserInfo, request: HttpRequest): HttpResponse {
  const { method, url, headers, body } = request;
  const publicResponse = PUBLIC_RESPONSES.get(url.pathname);
  if (publicResponse) return publicResponse;
  const attributes = requestAttributes(method, url);
  if (!attributes) {
    if (!deps.authorize(user, pathAttributes(method)))
      throw forbiddenPath(user, method, url.pathname);
    return PAGE_NOT_FOUND;
  }
  if (!deps.authorize(user, attributes)) throw forbiddenResource(user, attributes);
  if (isUndefinedCustom(deps.store, attributes)) return PAGE_NOT_FOUND;
  const contentType = headers['content-type'] ?? 'application/json';
  if (/protobuf|yaml|cbor/.test(contentType) && attributes.verb !== 'patch')
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json',
    );
  const query = url.searchParams;
  return handleResourceRequest(deps, {
    attributes,
    query,
    accept: headers['accept'],
    contentType,
    body,
  });
}

/** Attributes of a path that is not a resource. Only a rule for all resources allows it. */
function pathAttributes(method: string) {
  const anyResource = { group: '*', version: '*', resource: '*' };
  const noObject = { subresource: undefined, namespace: undefined, name: undefined };
  return { verb: method.toLowerCase(), ...anyResource, ...noObject };
}

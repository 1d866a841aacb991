import { type Answer, type BodyAnswer, jsonAnswer, textAnswer } from '../server/answer.ts';
import { answerResource } from './answer-resource.ts';
import { ApiError, unauthorized, unsupportedMediaType } from '../errors/api-error.ts';
import { type Authorize, forbiddenResource, forbiddenPath } from '../access/authorization.ts';
import { isUndefinedCustom } from './find-definition.ts';
import { requestAttributes } from './request-attributes.ts';
import type { Authenticate, UserInfo } from '../access/user-info.ts';
import type { WriteDeps } from '../objects/write-object.ts';

/** A request as HTTP brought it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface AnswerDeps extends WriteDeps {
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
}

const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

const NO_SUCH_PAGE = textAnswer(404, '404 page not found\n');

/** Everybody may ask for these, known or not. */
const PUBLIC_ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ['/healthz', textAnswer(200, 'ok')],
  ['/livez', textAnswer(200, 'ok')],
  ['/readyz', textAnswer(200, 'ok')],
  ['/version', jsonAnswer(200, { major: '1', minor: '36', gitVersion: 'v1.36.0-embedded' })],
]);

/**
 * Whose a request is.
 *
 * @throws ApiError 401 when it carries a token that is nobody's. Without a token it is anonymous.
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

/** The answer to a request of a user, refusals included. */
export function answerRequest(deps: AnswerDeps, user: UserInfo, request: HttpRequest): Answer {
  try {
    return answerOrThrow(deps, user, request);
  } catch (error) {
    return answerError(error);
  }
}

/** An error as it is answered. One that is no refusal is a bug here, and is told as the 500 that it is. */
export function answerError(error: unknown): BodyAnswer {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'InternalError', `Internal error occurred: ${error}`, {});
  return jsonAnswer(known.code, known.toStatus());
}

function answerOrThrow(deps: AnswerDeps, user: UserInfo, request: HttpRequest): Answer {
  const { method, url, headers, body } = request;
  const shared = PUBLIC_ANSWERS.get(url.pathname);
  if (shared) return shared;
  const attributes = requestAttributes(method, url);
  if (!attributes) {
    if (!deps.authorize(user, pathAttributes(method))) throw forbiddenPath(user, method, url.pathname);
    return NO_SUCH_PAGE;
  }
  if (!deps.authorize(user, attributes)) throw forbiddenResource(user, attributes);
  if (isUndefinedCustom(deps.store, attributes)) return NO_SUCH_PAGE;
  const contentType = headers['content-type'] ?? 'application/json';
  if (/protobuf|yaml|cbor/.test(contentType) && attributes.verb !== 'patch')
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json',
    );
  const query = url.searchParams;
  return answerResource(deps, { attributes, query, accept: headers['accept'], contentType, body });
}

// A path that is no resource is allowed to whoever may do everything.
function pathAttributes(method: string) {
  const everything = { group: '*', version: '*', resource: '*' };
  const nothing = { subresource: undefined, namespace: undefined, name: undefined };
  return { verb: method.toLowerCase(), ...everything, ...nothing };
}

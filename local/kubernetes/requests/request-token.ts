import { z } from 'zod';
import type { ServiceAccountTokens } from '../access/service-account-tokens.ts';
import { badRequest, invalid, notImplemented } from '../errors/api-error.ts';
import { invalidValue } from '../errors/field-error.ts';
import { timestamp } from '../objects/stored-object.ts';
import { type ObjectTarget, requireObject, type WriteDeps } from '../objects/write-object.ts';
import { parseBody } from './decode-object.ts';

const DEFAULT_SECONDS = 3_600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

const TokenRequest = z.object({
  spec: z.object({
    audiences: z.array(z.string()).nullish(),
    expirationSeconds: z.int().nullish(),
    boundObjectRef: z.unknown().optional(),
  }),
});

/** A server that can issue tokens. */
export interface TokenDeps extends WriteDeps {
  readonly tokens: ServiceAccountTokens;
}

/**
 * Issues a token for a ServiceAccount and returns the TokenRequest with it.
 *
 * @throws ApiError 404 when the ServiceAccount does not exist, 422 for a life that is too short or too long
 */
export function requestToken(deps: TokenDeps, target: ObjectTarget, body: string): object {
  const parsed = TokenRequest.safeParse(parseBody(body, 'the object provided is unrecognized'));
  if (!parsed.success) throw badRequest('the object provided is not a TokenRequest');
  const { audiences, boundObjectRef } = parsed.data.spec;
  const seconds = parsed.data.spec.expirationSeconds ?? DEFAULT_SECONDS;
  if (boundObjectRef) throw notImplemented('tokens that are bound to an object');
  const { metadata } = requireObject(deps.store, target);
  assertLife(target.name, seconds);
  const { name, namespace = '', uid } = metadata;
  const account = { name, namespace, uid };
  const issued = deps.tokens.issue(account, { audiences: audiences ?? [], seconds });
  const expiresAt = timestamp(issued.expiresAt);
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp(deps.clock.now()) },
    spec: { audiences: issued.audiences, expirationSeconds: seconds, boundObjectRef: null },
    status: { token: issued.token, expirationTimestamp: expiresAt },
  };
}

function assertLife(name: string, seconds: number): void {
  const detail =
    seconds < MIN_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : 'may not specify a duration larger than 2^32 seconds';
  if (seconds >= MIN_SECONDS && seconds <= MAX_SECONDS) return;
  const what = { group: 'authentication.k8s.io', plural: 'TokenRequest' };
  throw invalid(what, name, [invalidValue('spec.expirationSeconds', seconds, detail)]);
}

import { isDeepStrictEqual } from 'node:util';
import { errorMessageOf } from '../../contract/errors.ts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { HTTP_STATUS } from '../../contract/http-status.ts';
import { isRecord } from '../../contract/is-record.ts';
import { REFRESHER_SERVICE_ACCOUNT } from '../../contract/kubernetes/cluster-access.ts';
import { apiErrorOf } from '../api-error.ts';
import type { CachedValue } from '../cached-value.ts';
import type { KubernetesConnection } from '../kubernetes-connection.ts';
import { sendTokenRequest } from '../request-token.ts';
import { type ClusterLogin, type ClusterLoginDeps, readLogin } from './cluster-login.ts';
import { isExpiringSoon, type LoginLife, loginLife } from './login-life.ts';
import { formatLoginKubeconfig } from './stored-login.ts';

/** The state of the login after {@link MaintainLogin}. */
export interface LoginReport {
  /** Absent if it is unknown, or never. */
  readonly expiresAt?: Date;
  /** Whether it expires within 14 days, or a third of its life if that is less. */
  readonly isExpiringSoon: boolean;
  /** `kept`: it is not due, or cannot be rotated by the product. */
  readonly result: 'kept' | 'rotated' | 'failed';
  /** Why an attempt failed; absent while none is made. */
  readonly explanation?: string;
}

/**
 * Replaces the login in its secret if it is a token of the refresher's ServiceAccount and half of its life is over. The old
 * token stays valid, so that others who read the secret at the same time, or later, are not affected.
 *
 * @throws what reading the login throws; a rotation that fails is a result, and the next call tries again
 */
export type MaintainLogin = (signal: AbortSignal) => Promise<LoginReport>;

export interface MaintainLoginDeps extends ClusterLoginDeps {
  readonly login: CachedValue<ClusterLogin>;
  /** Whether the product may rotate the login, if it is a token of its ServiceAccount. */
  readonly isRotated: boolean;
  /** To the cluster, with the login. */
  readonly connection: KubernetesConnection;
}

/** Maximum life of a requested token, in seconds; as in the admission policy of the chart. */
const MAX_TOKEN_SECONDS = 365 * 24 * 3_600;
/** Minimum of the API server. */
const MIN_TOKEN_SECONDS = 600;

/** How long to wait after a failed rotation: a hundredth of the token's life, but at most an hour. */
const RETRY = { share: 1 / 100, maxMs: 3_600_000 };

const SUBJECT = `system:serviceaccount:${PRODUCT_NAMESPACE}:${REFRESHER_SERVICE_ACCOUNT}`;

/** Creates the function for one container. It remembers when the last attempt failed. */
export function createMaintainLogin(deps: MaintainLoginDeps): MaintainLogin {
  const { login, isRotated, now } = deps;
  let retryAt = new Date(0);
  return async (signal) => {
    const current = await login.get();
    const term = isRotated ? termOf(current.life) : undefined;
    if (term === undefined || now() < term.dueAt) return reportOf(current.life, now(), 'kept');
    if (now() < retryAt) return reportOf(current.life, now(), 'failed');
    try {
      const rotated = await rotate(deps, signal);
      login.invalidate(current);
      return reportOf(rotated.life, now(), rotated.isNew ? 'rotated' : 'kept');
    } catch (error) {
      const waitMs = Math.min(RETRY.maxMs, term.lifeMs * RETRY.share);
      retryAt = new Date(now().getTime() + waitMs);
      return reportOf(current.life, now(), 'failed', errorMessageOf(error));
    }
  };
}

/** When a token of the refresher's ServiceAccount is rotated; undefined for other logins. */
function termOf({ subject, issuedAt, expiresAt }: LoginLife) {
  if (subject !== SUBJECT || issuedAt === undefined || expiresAt === undefined) return undefined;
  const lifeMs = expiresAt.getTime() - issuedAt.getTime();
  return { lifeMs, dueAt: new Date(issuedAt.getTime() + lifeMs / 2) };
}

async function rotate(deps: MaintainLoginDeps, signal: AbortSignal) {
  // Read again: another container may have rotated it, or a person may have replaced it.
  const { stored, life } = await readLogin(deps);
  const term = termOf(life);
  if (term === undefined || deps.now() < term.dueAt) return { life, isNew: false };
  const token = await requestToken(deps.connection, term.lifeMs / 1_000, signal);
  const user = { token, mayLackExpiry: false };
  const renewed = loginLife(user);
  const { dueAt = new Date(0) } = termOf(renewed) ?? {};
  // It may expire before the present one: the API server decides how long its tokens last.
  if (dueAt <= deps.now()) {
    throw new Error(
      'the API server issued a token that is not one of its ServiceAccount, or is about to expire',
    );
  }
  // Secrets Manager cannot compare and set. This leaves a moment in which a login that a person stores would be replaced.
  const present = await readLogin(deps);
  if (!isDeepStrictEqual(present.stored, stored)) return { life: present.life, isNew: false };
  await deps.secret.write(formatLoginKubeconfig({ ...stored, user }));
  return { life: renewed, isNew: true };
}

/** Requests a token that the API server itself accepts (its default audience). */
async function requestToken(
  connection: KubernetesConnection,
  seconds: number,
  signal: AbortSignal,
): Promise<string> {
  const expirationSeconds = Math.min(
    MAX_TOKEN_SECONDS,
    Math.max(MIN_TOKEN_SECONDS, Math.round(seconds)),
  );
  const account = { namespace: PRODUCT_NAMESPACE, name: REFRESHER_SERVICE_ACCOUNT };
  const terms = { ...account, seconds: expirationSeconds };
  const response = await sendTokenRequest(connection, terms, signal);
  const { status } = response;
  if (status === HTTP_STATUS.forbidden) {
    throw new Error(
      `the refresher may not request a token of its ServiceAccount: apply the chart's manifests again (${apiErrorOf(response).message})`,
    );
  }
  const token = status < 300 ? tokenIn(response.body) : undefined;
  if (token !== undefined) return token;
  throw status < 300
    ? new Error('the answer to a TokenRequest contains no token')
    : apiErrorOf(response);
}

function tokenIn(body: Buffer): string | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    const status = isRecord(value) ? value['status'] : undefined;
    const token = isRecord(status) ? status['token'] : undefined;
    return typeof token === 'string' && token !== '' ? token : undefined;
  } catch {
    return undefined;
  }
}

function reportOf(
  life: LoginLife,
  now: Date,
  result: LoginReport['result'],
  explanation?: string,
): LoginReport {
  const { expiresAt } = life;
  return {
    isExpiringSoon: isExpiringSoon(life, now),
    result,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(explanation === undefined ? {} : { explanation }),
  };
}

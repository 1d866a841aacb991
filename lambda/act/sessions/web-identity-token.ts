import { TOKEN_AUDIENCE } from '../../../contract/aws/oidc-provider.ts';
import { errorMessageOf } from '../../../contract/errors.ts';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { HTTP_STATUS } from '../../../contract/http-status.ts';
import { SESSIONS_SERVICE_ACCOUNT } from '../../../contract/kubernetes/cluster-access.ts';
import { type CachedValue, cacheUntilStale } from '../../../kubernetes/cached-value.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import {
  requestServiceAccountToken,
  type ServiceAccountToken,
} from '../../../kubernetes/request-token.ts';
import { AssumeRoleError } from './assume-role-error.ts';

/** A token with which AssumeRoleWithWebIdentity opens sessions. Never logged. */
export interface WebIdentityToken extends ServiceAccountToken {
  readonly requestedAt: Date;
  /** When it is replaced. */
  readonly staleAt: Date;
}

interface WebIdentityTokenDeps {
  readonly connection: KubernetesConnection;
  readonly now: () => Date;
}

/** How long a token is valid, in seconds. It does not limit the sessions that it opens. */
const TOKEN_SECONDS = 3_600;

/**
 * How long a failure is not repeated, in milliseconds: the Secrets of a pass that wait for a token share one failure, and do
 * not request it one after the other.
 */
const FAILURE_MS = 10_000;

/** Timeout of a request with its retries, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * Returns the token of the ServiceAccount that opens sessions, from the cluster's own OIDC issuer, cached until half of its
 * life has passed.
 *
 * `get` throws an AssumeRoleError that says what is missing in the cluster.
 */
export function webIdentityToken(deps: WebIdentityTokenDeps): CachedValue<WebIdentityToken> {
  let failure: { readonly at: number; readonly error: unknown } | undefined;
  return cacheUntilStale(async () => {
    const at = deps.now().getTime();
    if (failure !== undefined && at - failure.at < FAILURE_MS) throw failure.error;
    try {
      return await requestToken(deps);
    } catch (error) {
      failure = { at, error };
      throw error;
    }
  }, deps.now);
}

async function requestToken({ connection, now }: WebIdentityTokenDeps): Promise<WebIdentityToken> {
  const requestedAt = now();
  const terms = {
    namespace: PRODUCT_NAMESPACE,
    name: SESSIONS_SERVICE_ACCOUNT,
    audience: TOKEN_AUDIENCE,
    seconds: TOKEN_SECONDS,
  };
  // Without the signal of a pass: another one may be waiting for the same token.
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const token = await requestServiceAccountToken(connection, terms, signal).catch(
    (error: unknown) => {
      throw new AssumeRoleError('identity-token-missing', messageOf(error));
    },
  );
  const staleAt = new Date(requestedAt.getTime() + token.lifetimeMs / 2);
  return { ...token, requestedAt, staleAt };
}

function messageOf(error: unknown): string {
  const account = `ServiceAccount ${PRODUCT_NAMESPACE}/${SESSIONS_SERVICE_ACCOUNT}`;
  const problem = `no session can be opened without a token of ${account} (setting sessions): ${errorMessageOf(error)}`;
  const isNotInstalled =
    error instanceof KubernetesApiError &&
    (error.status === HTTP_STATUS.notFound || error.status === HTTP_STATUS.forbidden);
  return isNotInstalled
    ? `${problem}. Install the chart of this version and of these settings: cdk deploy, or kube-aws-iam manifests`
    : problem;
}

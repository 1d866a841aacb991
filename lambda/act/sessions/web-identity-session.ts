import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { parseRoleArn } from '../../../contract/aws/role-arn.ts';
import type { SessionTarget } from '../../../contract/aws/session-name.ts';
import { CHAINED_SESSION_SECONDS } from '../../../contract/limits.ts';
import { abortable, type CachedValue } from '../../../kubernetes/cached-value.ts';
import { createNamespaceMemory } from '../../namespace-memory.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { IdentityTokenError, SessionTooLongError } from './assume-role-error.ts';
import type { DenialContext } from './denial-remedy.ts';
import { credentialsOf, type SessionRequest, type StsApi } from './sts-client.ts';
import { toWebIdentityError } from './web-identity-error.ts';
import type { WebIdentityToken } from './web-identity-token.ts';

interface WebIdentityDeps {
  /** The call is not signed: it does not matter whose credentials the client has. */
  readonly sts: StsApi;
  readonly token: CachedValue<WebIdentityToken>;
  readonly now: () => Date;
}

/** A session to request for a namespace. */
interface IdentitySessionRequest extends SessionRequest {
  readonly namespace: string;
  /** Whether a longer session is tried although the role did not allow it the last time. */
  readonly isFreshWanted: boolean;
}

/**
 * How long a container remembers that a role does not allow a longer session, in milliseconds: so that renewals of an hour-long
 * session every half hour do not make two calls each.
 */
const REMEMBERED_MS = 6 * 3_600_000;

/**
 * Age from which a token is replaced when STS does not accept it, in milliseconds: the API server may have a new key. If the
 * OIDC provider is the cause, this costs one request every five minutes.
 */
const SUSPECT_AGE_MS = 300_000;

/**
 * Returns the function that opens sessions by the cluster's identity (AssumeRoleWithWebIdentity). If a role does not allow the
 * requested duration, it opens one of an hour, which every role allows, and says so in `limitedSeconds`. STS does not tell the
 * maximum, and searching for it would take a call for each step.
 */
export function webIdentitySessions(deps: WebIdentityDeps) {
  /** When a role did not allow a duration, in milliseconds. */
  const limited = createNamespaceMemory<{ readonly at: number; readonly seconds: number }>();

  function isTooLong({ namespace, input }: IdentitySessionRequest, seconds: number): boolean {
    const last = limited.get(namespace, input.RoleArn);
    const isRemembered = last !== undefined && deps.now().getTime() - last.at < REMEMBERED_MS;
    return isRemembered && seconds >= last.seconds;
  }

  return async (request: IdentitySessionRequest, signal: AbortSignal): Promise<Credentials> => {
    const { namespace, input, isFreshWanted } = request;
    const seconds = input.DurationSeconds ?? CHAINED_SESSION_SECONDS;
    const requestHour = async () => ({
      ...(await requestOnce(deps, request, CHAINED_SESSION_SECONDS, signal)),
      limitedSeconds: CHAINED_SESSION_SECONDS,
    });
    if (!isFreshWanted && isTooLong(request, seconds)) return requestHour();
    try {
      return await requestOnce(deps, request, seconds, signal);
    } catch (error) {
      if (!(error instanceof SessionTooLongError) || seconds <= CHAINED_SESSION_SECONDS)
        throw error;
      limited.set(namespace, input.RoleArn, { at: deps.now().getTime(), seconds });
      return requestHour();
    }
  };
}

async function requestOnce(
  { sts, token: tokens, now }: WebIdentityDeps,
  { input, denial }: SessionRequest,
  seconds: number,
  signal: AbortSignal,
): Promise<Credentials> {
  const token = await abortable(tokens.get(), signal);
  const { RoleArn, RoleSessionName } = input;
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn,
    RoleSessionName,
    DurationSeconds: seconds,
    WebIdentityToken: token.token,
  });
  try {
    const call = sts.send(command, { abortSignal: signal });
    return await credentialsOf(call, RoleArn, signal, (error) =>
      toWebIdentityError(error, { roleArn: RoleArn, denial, token }),
    );
  } catch (error) {
    const isOld = now().getTime() - token.requestedAt.getTime() >= SUSPECT_AGE_MS;
    if (error instanceof IdentityTokenError && (error.reason === 'sts-failed' || isOld)) {
      tokens.invalidate(token);
    }
    throw error;
  }
}

/** Says what to check when STS denies a role to the identity of the cluster. */
export function identityDenialContext({ namespace, roleArn }: SessionTarget): DenialContext {
  const role = parseRoleArn(roleArn)?.name ?? 'ROLE';
  const command = `kube-aws-iam trust-policy ${role} --namespace ${namespace}`;
  return {
    caller: "this cluster's identity (setting sessions)",
    trustProblem: `does not allow sts:AssumeRoleWithWebIdentity as this prints: ${command}`,
  };
}

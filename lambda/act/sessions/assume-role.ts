import type { SessionTarget } from '../../../contract/aws/session-name.ts';
import { abortable, type CachedValue, memoize } from '../../../kubernetes/cached-value.ts';
import {
  isForwarderSession,
  type SessionConfig,
  type SessionSettings,
  sessionParameters,
  sessionSettingsFor,
} from '../../decide/configured-session.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { AssumeRoleError, CallerCredentialsError } from './assume-role-error.ts';
import { type DenialContext, REFRESHER } from './denial-remedy.ts';
import type { IntermediateSession } from './intermediate-session.ts';
import { requestSession, type SessionRequest, type StsApi } from './sts-client.ts';
import { identityDenialContext, webIdentitySessions } from './web-identity-session.ts';
import type { WebIdentityToken } from './web-identity-token.ts';

/** Assumes a role for a namespace. @throws {AssumeRoleError} when STS issues no session */
export type AssumeRole = (
  request: {
    readonly roleArn: string;
    readonly namespace: string;
    readonly sessionSeconds: number;
    /** Set when a person requests a new session. */
    readonly isRevoked?: true;
  },
  signal: AbortSignal,
) => Promise<Credentials>;

export interface AssumeRoleDeps extends SessionConfig {
  /** STS with the credentials of the refresher. */
  readonly sts: StsApi;
  /** The session of the intermediate role, if pod roles are assumed through one. */
  readonly intermediate: CachedValue<IntermediateSession> | undefined;
  /** The token that opens sessions of pod roles, if the cluster's own identity opens them. */
  readonly identityToken?: CachedValue<WebIdentityToken> | undefined;
  readonly now: () => Date;
}

/** Creates the function that assumes roles. */
export function createAssumeRole(deps: AssumeRoleDeps): AssumeRole {
  const { sts, clusterName, identityToken } = deps;
  const requestByIdentity =
    identityToken && webIdentitySessions({ sts, token: identityToken, now: deps.now });
  return async (wanted, signal) => {
    const { roleArn, namespace, sessionSeconds, isRevoked } = wanted;
    const settings = sessionSettingsFor(deps, { namespace, roleArn });
    const { input, denial } = sessionRequest(settings, { roleArn, namespace, clusterName });
    const request = { input: { ...input, DurationSeconds: sessionSeconds }, denial };
    if (requestByIdentity !== undefined && settings.source === 'oidc') {
      const isFreshWanted = isRevoked === true;
      return requestByIdentity({ ...request, namespace, isFreshWanted }, signal);
    }
    return isForwarderSession(deps, { namespace, roleArn }) || deps.intermediate === undefined
      ? requestSession(sts, request, signal)
      : requestThroughIntermediate(deps, deps.intermediate, request, signal);
  };
}

/**
 * Shares sessions within one pass, because several AWSIAMRoles of a namespace may name the same role. Never shares a
 * session between namespaces.
 */
export function shareSessions(assumeRole: AssumeRole): AssumeRole {
  return memoize(
    assumeRole,
    ({ namespace, roleArn, sessionSeconds }) => `${namespace} ${sessionSeconds} ${roleArn}`,
  );
}

/**
 * Age from which an intermediate session is replaced when it is denied a role, in milliseconds: it may have been
 * revoked, which STS reports as `AccessDenied` too. If the role itself denies, this costs one call every five minutes.
 */
const SUSPECT_AGE_MS = 300_000;

async function requestThroughIntermediate(
  { now }: AssumeRoleDeps,
  intermediate: CachedValue<IntermediateSession>,
  request: SessionRequest,
  signal: AbortSignal,
): Promise<Credentials> {
  const session = await abortable(intermediate.get(), signal);
  try {
    return await requestSession(session.sts, request, signal);
  } catch (error) {
    const isOld = now().getTime() - session.issuedAt.getTime() >= SUSPECT_AGE_MS;
    // STS does not know the session: the intermediate role was recreated, or the clock is wrong.
    if (error instanceof CallerCredentialsError || (isAccessDenied(error) && isOld)) {
      intermediate.invalidate(session);
    }
    throw error;
  }
}

function isAccessDenied(error: unknown): boolean {
  return error instanceof AssumeRoleError && error.reason === 'assume-role-denied';
}

/** Returns the request for a session of a pod role, without its duration. */
export function sessionRequest(settings: SessionSettings, target: SessionTarget): SessionRequest {
  return { input: sessionParameters(settings, target), denial: denialContextOf(settings, target) };
}

/** Names every setting that may cause a denial, but not its value: tenants read this. */
function denialContextOf(settings: SessionSettings, target: SessionTarget): DenialContext {
  if (settings.source === 'oidc') return identityDenialContext(target);
  const { clusterArnTag, externalId, intermediateRoleArn } = settings;
  const actions = clusterArnTag === undefined ? 'sts:AssumeRole' : 'sts:AssumeRole, sts:TagSession';
  const caller =
    intermediateRoleArn === undefined
      ? REFRESHER
      : `the intermediate role ${intermediateRoleArn} (setting assumeRole)`;
  return {
    caller,
    trustProblem: [
      `does not name ${caller}`,
      ...(clusterArnTag === undefined
        ? []
        : ['or does not allow sts:TagSession in addition to sts:AssumeRole (setting sessionTags)']),
      ...(externalId === undefined
        ? []
        : ['or requires an sts:ExternalId other than the one in the setting externalId']),
    ].join(', '),
    otherProblems:
      intermediateRoleArn === undefined
        ? []
        : [`the policy of the intermediate role does not allow ${actions} on it`],
  };
}

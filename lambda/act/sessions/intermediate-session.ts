import { clusterSessionName } from '../../../contract/aws/session-name.ts';
import { CHAINED_SESSION_SECONDS } from '../../../contract/limits.ts';
import { type CachedValue, cacheUntilStale } from '../../../kubernetes/cached-value.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { AssumeRoleError } from './assume-role-error.ts';
import { REFRESHER } from './denial-remedy.ts';
import { requestSession, type StsApi } from './sts-client.ts';

/** A session of the intermediate role. */
export interface IntermediateSession {
  /** STS with the credentials of the session. */
  readonly sts: StsApi;
  readonly issuedAt: Date;
  /** When it is replaced, before it expires. */
  readonly staleAt: Date;
}

interface IntermediateSessionDeps {
  /** STS with the credentials of the refresher. */
  readonly sts: StsApi;
  readonly roleArn: string;
  readonly clusterName: string;
  /** Creates an STS client with the credentials of a session. */
  readonly connect: (credentials: Credentials) => StsApi;
  readonly now: () => Date;
}

/** How long before its expiry a session is replaced, in milliseconds: twice the duration of the longest pass. */
const STALE_BEFORE_EXPIRY_MS = 10 * 60_000;

/**
 * Returns the session of the role through which pod roles are assumed, cached until ten minutes before it expires. It
 * has no external ID and no tags; these apply to pod roles only.
 *
 * `get` throws an AssumeRoleError that names the intermediate role.
 */
export function intermediateSession(
  deps: IntermediateSessionDeps,
): CachedValue<IntermediateSession> {
  return cacheUntilStale(() => requestIntermediateSession(deps), deps.now);
}

async function requestIntermediateSession(
  deps: IntermediateSessionDeps,
): Promise<IntermediateSession> {
  const { sts, roleArn, clusterName, connect } = deps;
  const issuedAt = deps.now();
  const request = {
    input: {
      RoleArn: roleArn,
      RoleSessionName: clusterSessionName(clusterName),
      DurationSeconds: CHAINED_SESSION_SECONDS,
    },
    denial: { caller: REFRESHER, trustProblem: `does not name ${REFRESHER}` },
  };
  // Without a signal: another pass may be waiting for the same session.
  const credentials = await requestSession(sts, request).catch((error: unknown) => {
    throw error instanceof AssumeRoleError ? errorOfIntermediateRole(error, roleArn) : error;
  });
  const staleAt = new Date(credentials.expiresAt.getTime() - STALE_BEFORE_EXPIRY_MS);
  return { sts: connect(credentials), issuedAt, staleAt };
}

function errorOfIntermediateRole({ reason, message, cause }: AssumeRoleError, roleArn: string) {
  return new AssumeRoleError(
    reason === 'assume-role-denied' || reason === 'sts-refused'
      ? 'intermediate-role-denied'
      : reason,
    `the intermediate role ${roleArn} (setting assumeRole), through which all pod roles are assumed, cannot be assumed: ${message}`,
    { cause },
  );
}

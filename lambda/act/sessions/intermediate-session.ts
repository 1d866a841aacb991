import { SESSION_SECONDS } from '../../../contract/limits.ts';
import { clusterSessionName } from '../../../contract/session-name.ts';
import { type CachedValue, cacheValue } from '../../../kubernetes/cached-value.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { AssumeRoleError } from './assume-role-error.ts';
import { requestSession, type StsApi } from './sts-client.ts';

/** STS with the credentials of the intermediate role. */
export interface IntermediateSession {
  readonly sts: StsApi;
  readonly openedAt: Date;
  /** From when a new session is opened. */
  readonly staleAt: Date;
}

export interface IntermediateSessionDeps {
  /** STS as the refresher itself. */
  readonly sts: StsApi;
  readonly roleArn: string;
  readonly clusterName: string;
  /** Makes an STS client that signs with a session. */
  readonly connect: (credentials: Credentials) => StsApi;
  readonly now: () => Date;
}

/** How much of a session is left unused, in milliseconds: twice as long as the longest run. */
const UNUSED_MILLISECONDS = 10 * 60_000;

/**
 * The session of the role through which the roles of pods are assumed: kept until ten minutes before its end, and opened
 * once for all who need it at the same time. It has neither the external id nor tags: those are for pods' roles.
 *
 * `get` throws an AssumeRoleError that names the role.
 */
export function intermediateSession(
  deps: IntermediateSessionDeps,
): CachedValue<IntermediateSession> {
  return cacheValue(
    () => openIntermediate(deps),
    ({ staleAt }) => deps.now() >= staleAt,
  );
}

async function openIntermediate(deps: IntermediateSessionDeps): Promise<IntermediateSession> {
  const { sts, roleArn, clusterName, connect } = deps;
  const openedAt = deps.now();
  const request = {
    input: {
      RoleArn: roleArn,
      RoleSessionName: clusterSessionName(clusterName),
      DurationSeconds: SESSION_SECONDS,
    },
    remedy:
      "The role does not exist, or its trust policy does not name this account's refresher role",
  };
  // Without the signal of any run: others may wait for the same session.
  const credentials = await requestSession(sts, request).catch((error: unknown) => {
    throw error instanceof AssumeRoleError ? namingTheRole(error, roleArn) : error;
  });
  const staleAt = new Date(credentials.expiresAt.getTime() - UNUSED_MILLISECONDS);
  return { sts: connect(credentials), openedAt, staleAt };
}

function namingTheRole({ reason, message, cause }: AssumeRoleError, roleArn: string) {
  return new AssumeRoleError(
    reason === 'assume-role-denied' || reason === 'sts-refused'
      ? 'intermediate-role-denied'
      : reason,
    `the intermediate role ${roleArn} (setting assumeRole), through which all roles of pods are assumed, cannot be assumed: ${message}`,
    { cause },
  );
}

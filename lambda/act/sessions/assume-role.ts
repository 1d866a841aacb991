import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import type { Remembered } from '../../../kubernetes/connection/cached-value.ts';
import { untilAborted } from '../../../kubernetes/connection/until-aborted.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { AssumeRoleError, CallerGoneError } from './assume-role-error.ts';
import type { IntermediateSession } from './intermediate-session.ts';
import { openSession, type SessionRequest, type StsCaller } from './open-session.ts';
import { type SessionSettings, sessionRequest } from './session-request.ts';

/** Opens a session of a role for a namespace. @throws {AssumeRoleError} */
export type AssumeRole = (
  request: {
    readonly roleArn: string;
    readonly namespace: string;
    readonly sessionSeconds: number;
  },
  signal: AbortSignal,
) => Promise<Credentials>;

export interface AssumeRoleDeps {
  /** STS as the refresher itself. */
  readonly sts: StsCaller;
  /** STS as the intermediate role, if the roles of pods are assumed through one. */
  readonly intermediate: Remembered<IntermediateSession> | undefined;
  readonly settings: SessionSettings;
  readonly clusterName: string;
  readonly forwarderRoleArn: string | undefined;
  readonly now: () => Date;
  /** Called before each call, to make sure of the connections. */
  readonly beforeCall: () => void;
}

/** The forwarder's role is the stack's own, and its trust policy knows the refresher and this form of names only. */
const FORWARDER_SESSION: SessionSettings = { nameForm: 'namespace' };

/** Makes the step that calls STS. */
export function createAssumeRole(deps: AssumeRoleDeps): AssumeRole {
  const { sts, clusterName } = deps;
  return async ({ roleArn, namespace, sessionSeconds }, signal) => {
    const isForwarders = roleArn === deps.forwarderRoleArn && namespace === PRODUCT_NAMESPACE;
    const settings = isForwarders ? FORWARDER_SESSION : deps.settings;
    const { input, remedy } = sessionRequest(settings, { roleArn, namespace, clusterName });
    const request = { input: { ...input, DurationSeconds: sessionSeconds }, remedy };
    deps.beforeCall();
    return isForwarders || deps.intermediate === undefined
      ? openSession(sts, request, signal)
      : openThrough(deps, deps.intermediate, request, signal);
  };
}

/**
 * A session that is so old, in milliseconds, is not kept when it is denied a role: its own may have been revoked, for which
 * STS has no other word. It costs a call in five minutes where it was the role that denied.
 */
const DOUBTED_AFTER_MILLISECONDS = 300_000;

async function openThrough(
  { now }: AssumeRoleDeps,
  intermediate: Remembered<IntermediateSession>,
  request: SessionRequest,
  signal: AbortSignal,
): Promise<Credentials> {
  const session = await untilAborted(intermediate.get(), signal);
  try {
    return await openSession(session.sts, request, signal);
  } catch (error) {
    const isOld = now().getTime() - session.openedAt.getTime() >= DOUBTED_AFTER_MILLISECONDS;
    // The role was made anew, or the clock is wrong: another session may be known.
    if (error instanceof CallerGoneError || (isDenial(error) && isOld)) {
      intermediate.forget(session);
    }
    throw error;
  }
}

function isDenial(error: unknown): boolean {
  return error instanceof AssumeRoleError && error.reason === 'assume-role-denied';
}

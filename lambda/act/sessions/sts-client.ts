import type { Agent } from 'node:http';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type STSClient,
} from '@aws-sdk/client-sts';
import { abortable } from '../../../kubernetes/cached-value.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { AssumeRoleError, isThrottled, toAssumeRoleError } from './assume-role-error.ts';

/** STS with the credentials of some caller; the client retries what is worth retrying. */
export type StsApi = Pick<STSClient, 'send'>;

/** A session that is to be opened. */
export interface SessionRequest {
  readonly input: AssumeRoleCommandInput & { readonly RoleArn: string };
  /** Completes the error when access is denied. */
  readonly remedy: string;
}

/**
 * Opens a session.
 *
 * @param signal - ends the waiting; without one, the client's own limits do
 * @throws {AssumeRoleError} unless it was the signal that ended it
 */
export async function requestSession(
  sts: StsApi,
  { input, remedy }: SessionRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<Credentials> {
  // The SDK ends a call with the signal, but not its wait before the next try, which can be 20 s.
  const sending = abortable(
    sts.send(new AssumeRoleCommand(input), { abortSignal: signal }),
    signal,
  );
  const answer = await sending.catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw toAssumeRoleError(error, input.RoleArn, remedy);
  });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (
    !isWord(AccessKeyId) ||
    !isWord(SecretAccessKey) ||
    !isWord(SessionToken) ||
    !isInstant(Expiration)
  ) {
    throw new AssumeRoleError(
      'sts-failed',
      `STS answered without credentials for ${input.RoleArn}`,
    );
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt: Expiration,
  };
}

/** One that stands in a line of a file as it is: another could end the line, and begin one of its own. */
function isWord(text: string | undefined): text is string {
  return text !== undefined && /^[!-~]+$/.test(text);
}

function isInstant(expiration: Date | undefined): expiration is Date {
  return expiration !== undefined && !Number.isNaN(expiration.getTime());
}

/**
 * How often a call to STS is tried, and how the client waits between: twice as long each time, half a second at first where
 * STS throttles.
 *
 * Not `adaptive`: once it was throttled, that mode holds a client for good to twice the rate that it was seen to call at. A
 * run makes its calls in a moment and then none for a minute, so that this is near none: after one throttled call, ten took
 * 1.2 s in place of 0.1 s, and a run of which half was throttled took 37 s in place of some 10 (measured). What is shared with the
 * account is spared by the bound of calls that are under way at once.
 */
export const STS_RETRIES = { retryMode: 'standard', maxAttempts: 5 } as const;

/**
 * Has `count` called after each request of the client. The SDK tries again by itself, so that what it gives back says
 * nothing of the requests that were turned away; this stands inside of its tries.
 */
export function countStsCalls(sts: STSClient, count: (isThrottled: boolean) => void): STSClient {
  sts.middlewareStack.add(
    (next) => async (request) => {
      try {
        const answer = await next(request);
        count(false);
        return answer;
      } catch (error) {
        count(isThrottled(error));
        throw error;
      }
    },
    // The tries are a middleware of the same step with a high priority.
    { name: 'countStsCalls', step: 'finalizeRequest', priority: 'low' },
  );
  return sts;
}

/**
 * After a longer pause sockets are not used again, in milliseconds: AWS's own SDK for Java drops them after as long
 * (`connectionMaxIdleTime`). A function that was frozen has not noticed which of them ended, and the SDK would find out by a
 * failed call and wait before the next.
 */
const TRUSTED_IDLE_MILLISECONDS = 60_000;

/**
 * Makes what is to be called before each use of the agents: after a pause it drops their idle sockets. Those in use stay.
 */
export function idleSocketsDropped(agents: readonly Agent[], now: () => Date): () => void {
  let usedAt = now().getTime();
  return () => {
    const at = now().getTime();
    const isStale = at - usedAt > TRUSTED_IDLE_MILLISECONDS;
    usedAt = at;
    if (!isStale) return;
    for (const agent of agents) {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
  };
}

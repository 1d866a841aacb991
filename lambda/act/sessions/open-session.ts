import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type STSClient,
} from '@aws-sdk/client-sts';
import { untilAborted } from '../../../kubernetes/connection/until-aborted.ts';
import type { Credentials } from '../secrets/render-secret.ts';
import { AssumeRoleError, toAssumeRoleError } from './assume-role-error.ts';

/** STS with the credentials of some caller; the client retries what is worth retrying. */
export type StsCaller = Pick<STSClient, 'send'>;

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
export async function openSession(
  sts: StsCaller,
  { input, remedy }: SessionRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<Credentials> {
  // The SDK ends a call with the signal, but not its wait before the next try, which can be 20 s.
  const sending = untilAborted(
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

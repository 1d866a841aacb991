import { AssumeRoleCommand, type STSClient, STSServiceException } from '@aws-sdk/client-sts';
import { sessionName } from '../contract/session-name.ts';
import { untilAborted } from '../observe/until-aborted.ts';
import type { Credentials } from './render-secret.ts';

/** Why STS gave no session. */
export type AssumeRoleFailure =
  | 'assume-role-denied'
  | 'sts-throttled'
  | 'sts-refused'
  | 'sts-failed';

/** A role that could not be assumed: an outcome of one item, never the end of a run. */
export class AssumeRoleError extends Error {
  override readonly name = 'AssumeRoleError';
  readonly reason: AssumeRoleFailure;

  constructor(reason: AssumeRoleFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Opens a session of a role for a namespace. @throws {AssumeRoleError} */
export type AssumeRole = (
  request: {
    readonly roleArn: string;
    readonly namespace: string;
    readonly sessionSeconds: number;
  },
  signal: AbortSignal,
) => Promise<Credentials>;

/** Makes the step that calls STS; the client retries what is worth retrying. */
export function createAssumeRole(deps: {
  readonly sts: Pick<STSClient, 'send'>;
  readonly clusterName: string;
  /** Called before each call, to make sure of the connections. */
  readonly beforeCall: () => void;
}): AssumeRole {
  return async ({ roleArn, namespace, sessionSeconds }, signal) => {
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName(namespace, deps.clusterName),
      DurationSeconds: sessionSeconds,
    });
    deps.beforeCall();
    // The SDK ends a call with the signal, but not its wait before the next try, which can be 20 s.
    const sending = untilAborted(deps.sts.send(command, { abortSignal: signal }), signal);
    const answer = await sending.catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw toAssumeRoleError(error, roleArn);
    });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !isInstant(Expiration)) {
      throw new AssumeRoleError('sts-failed', `STS answered without credentials for ${roleArn}`);
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiresAt: Expiration,
    };
  };
}

function isInstant(expiration: Date | undefined): expiration is Date {
  return expiration !== undefined && !Number.isNaN(expiration.getTime());
}

const THROTTLED = /^(?:Throttl|TooManyRequests|RequestLimitExceeded|SlowDown)/;

function toAssumeRoleError(error: unknown, roleArn: string): AssumeRoleError {
  if (!(error instanceof STSServiceException)) {
    return new AssumeRoleError(
      'sts-failed',
      `STS did not answer for ${roleArn}: ${nameOf(error)}`,
      {
        cause: error,
      },
    );
  }
  if (THROTTLED.test(error.name)) {
    return new AssumeRoleError(
      'sts-throttled',
      `STS is throttling this account: ${error.message}`,
      {
        cause: error,
      },
    );
  }
  if (error.name === 'AccessDenied') {
    return new AssumeRoleError(
      'assume-role-denied',
      `${error.message}. The role does not exist, or its trust policy does not name this account's refresher role`,
      { cause: error },
    );
  }
  // What STS says of a wrong signature can quote the request, with the function's own session token.
  const said = error.name.includes('Signature') ? error.name : `${error.name}: ${error.message}`;
  const reason = error.$fault === 'client' ? 'sts-refused' : 'sts-failed';
  return new AssumeRoleError(reason, `STS refused ${roleArn}: ${said}`);
}

/** The kind of an error without its message, which may quote what a broken answer held. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

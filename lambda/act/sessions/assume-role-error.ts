import { STSServiceException } from '@aws-sdk/client-sts';

/** Why STS gave no session. */
export type AssumeRoleFailure =
  | 'assume-role-denied'
  | 'intermediate-role-denied'
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

/** STS does not know the session that called, or no longer: a new one may do better. */
export class CallerCredentialsError extends AssumeRoleError {}

const CALLER_GONE: ReadonlySet<string> = new Set(['ExpiredToken', 'InvalidClientTokenId']);
const THROTTLED = /^(?:Throttl|TooManyRequests|RequestLimitExceeded|SlowDown)/;

/** What is told of an answer, which may be of any size where something else answers for STS. */
const LONGEST_MESSAGE = 1_000;
const LONGEST_CODE = 100;

/** Whether STS turned a call away because there were too many. */
export function isThrottled(error: unknown): boolean {
  return error instanceof STSServiceException && THROTTLED.test(error.name);
}

/**
 * Says what went wrong with a call to STS.
 *
 * @param remedy - what a person can look at when access is denied, for which STS gives no reason
 */
export function toAssumeRoleError(
  error: unknown,
  roleArn: string,
  remedy: string,
): AssumeRoleError {
  if (!(error instanceof STSServiceException)) {
    const message = `STS did not answer for ${roleArn}: ${nameOf(error)}`;
    return new AssumeRoleError('sts-failed', message, { cause: error });
  }
  const said = error.message.slice(0, LONGEST_MESSAGE);
  if (isThrottled(error)) {
    const message = `STS is throttling this account: ${said}`;
    return new AssumeRoleError('sts-throttled', message, { cause: error });
  }
  if (error.name === 'AccessDenied') {
    const message = `${said}. ${remedy}`;
    return new AssumeRoleError('assume-role-denied', message, { cause: error });
  }
  // What STS says of a wrong signature can quote the request, with the function's own session token.
  const code = error.name.slice(0, LONGEST_CODE);
  const words = error.name.includes('Signature') ? code : `${code}: ${said}`;
  const message = `STS refused ${roleArn}: ${words}`;
  // It is no fault of the role.
  if (CALLER_GONE.has(error.name)) return new CallerCredentialsError('sts-failed', message);
  return new AssumeRoleError(error.$fault === 'client' ? 'sts-refused' : 'sts-failed', message);
}

/** The kind of an error without its message, which may quote what a broken answer held. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

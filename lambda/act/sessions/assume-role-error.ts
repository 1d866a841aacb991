import { STSServiceException } from '@aws-sdk/client-sts';
import { type DenialContext, denialRemedy } from './denial-remedy.ts';

/** Why STS issued no session. */
export type AssumeRoleFailure =
  | 'assume-role-denied'
  | 'intermediate-role-denied'
  | 'identity-provider-refused'
  | 'identity-token-missing'
  | 'own-credentials-expired'
  | 'sts-throttled'
  | 'sts-refused'
  | 'sts-failed';

/** A role could not be assumed. The item fails; the pass continues. */
export class AssumeRoleError extends Error {
  override readonly name = 'AssumeRoleError';
  readonly reason: AssumeRoleFailure;

  constructor(reason: AssumeRoleFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** STS rejected the caller's own credentials, expired or unknown. A new session of the caller may help. */
export class CallerCredentialsError extends AssumeRoleError {}

/** STS did not accept the token that opens sessions. Another token may help. */
export class IdentityTokenError extends AssumeRoleError {}

/** The role does not allow sessions of the requested duration. */
export class SessionTooLongError extends AssumeRoleError {}

/** Codes of STS for credentials of a caller that have expired, or that it does not know. */
export const CALLER_CREDENTIALS: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'InvalidClientTokenId',
]);
const THROTTLING = /^(?:Throttl|TooManyRequests|RequestLimitExceeded|SlowDown)/;

/** Truncates error text: a proxy in front of STS may return a body of any size. */
export const MAX_MESSAGE_LENGTH = 1_000;
const MAX_CODE_LENGTH = 100;

/** Whether STS throttled the call. */
export function isThrottled(error: unknown): boolean {
  return error instanceof STSServiceException && THROTTLING.test(error.name);
}

/** Converts an error of an STS call. A denial gets a remedy for the policy that STS names, if it names one. */
export function toAssumeRoleError(
  error: unknown,
  roleArn: string,
  denial: DenialContext,
): AssumeRoleError {
  // The client knows more about its credentials.
  if (error instanceof AssumeRoleError) return error;
  if (!(error instanceof STSServiceException)) {
    const message = `STS did not answer for ${roleArn}: ${nameOf(error)}`;
    return new AssumeRoleError('sts-failed', message, { cause: error });
  }
  const text = error.message.slice(0, MAX_MESSAGE_LENGTH);
  if (isThrottled(error)) {
    const message = `STS is throttling this account: ${text}`;
    return new AssumeRoleError('sts-throttled', message, { cause: error });
  }
  if (error.name === 'AccessDenied') {
    return new AssumeRoleError(
      'assume-role-denied',
      `${text}. ${denialRemedy(error.message, denial)}`,
      {
        cause: error,
      },
    );
  }
  // An error about the signature may quote the request, including the function's own session token.
  const code = error.name.slice(0, MAX_CODE_LENGTH);
  const details = error.name.includes('Signature') ? code : `${code}: ${text}`;
  const message = `STS rejected the request for ${roleArn}: ${details}`;
  if (CALLER_CREDENTIALS.has(error.name)) return new CallerCredentialsError('sts-failed', message);
  return new AssumeRoleError(error.$fault === 'client' ? 'sts-refused' : 'sts-failed', message);
}

/** Returns the name of an error without its message, which may quote an invalid response. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

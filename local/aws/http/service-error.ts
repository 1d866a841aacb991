import type { SignatureFailure } from './verify-signature.ts';

/** An error of an AWS API, independent of the protocol that serializes it. Code and message are AWS's own. */
export interface ErrorDetails {
  readonly status: number;
  /** E.g. `AccessDenied`. */
  readonly code: string;
  readonly message: string;
}

/** Thrown by a service to respond with an error. */
export class ServiceError extends Error implements ErrorDetails {
  override readonly name = 'ServiceError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The protocols of AWS that are embedded (Smithy, "AWS protocols"). */
export type Protocol = 'query' | 'rest-json' | 'aws-json';

type RejectedClaim = Exclude<SignatureFailure['kind'], 'scope' | 'time'>;

const MESSAGES: Readonly<Record<RejectedClaim, string>> = {
  missing: 'Missing Authentication Token',
  'unknown-key': 'The security token included in the request is invalid.',
  'expired-token': 'The security token included in the request is expired',
  mismatch:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
};

const QUERY_CODES: Readonly<Record<RejectedClaim, string>> = {
  missing: 'MissingAuthenticationToken',
  'unknown-key': 'InvalidClientTokenId',
  'expired-token': 'ExpiredToken',
  mismatch: 'SignatureDoesNotMatch',
};

const JSON_CODES: Readonly<Record<RejectedClaim, string>> = {
  missing: 'MissingAuthenticationTokenException',
  'unknown-key': 'UnrecognizedClientException',
  'expired-token': 'ExpiredTokenException',
  mismatch: 'InvalidSignatureException',
};

/** Words the rejection of a signature as a protocol does. AWS JSON responds with 400 to every error of the client. */
export function signatureError(failure: SignatureFailure, protocol: Protocol): ErrorDetails {
  const status = protocol === 'aws-json' ? 400 : 403;
  const codes = protocol === 'query' ? QUERY_CODES : JSON_CODES;
  if (failure.kind === 'scope' || failure.kind === 'time') {
    return { status, code: codes.mismatch, message: failure.message };
  }
  if (failure.kind === 'missing' && protocol === 'query') {
    const message = 'Request is missing Authentication Token';
    return { status, code: codes.missing, message };
  }
  return { status, code: codes[failure.kind], message: MESSAGES[failure.kind] };
}

import type { AwsResponse, AwsError } from './aws-server.ts';
import type { SignatureFailure } from './verify-signature.ts';

const CONTENT_TYPE = { 'content-type': 'application/x-amz-json-1.1' };

/** A refusal by a service that speaks AWS JSON 1.1, in its words. */
export class AwsJsonRefusal extends Error {
  override readonly name = 'AwsJsonRefusal';
  readonly error: AwsError;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.error = { status, code, message };
  }
}

/** An answer in AWS JSON 1.1. */
export function jsonResponse(body: unknown): AwsResponse {
  return { status: 200, headers: CONTENT_TYPE, body: JSON.stringify(body) };
}

/** An error in AWS JSON 1.1: the code is in the body. */
export function jsonErrorResponse({ status, code, message, caller }: AwsError): AwsResponse {
  const body = JSON.stringify({ __type: code, message });
  return { status, headers: CONTENT_TYPE, body, caller, errorCode: code };
}

/** The refusal of a signature. In this protocol that has status 400, as every mistake of the sender has. */
export function signatureRefusal(failure: SignatureFailure): AwsJsonRefusal {
  switch (failure.kind) {
    case 'missing':
      return new AwsJsonRefusal(
        'MissingAuthenticationTokenException',
        'Missing Authentication Token',
      );
    case 'unknown-key':
      return new AwsJsonRefusal(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    case 'expired-token':
      return new AwsJsonRefusal(
        'ExpiredTokenException',
        'The security token included in the request is expired',
      );
    case 'mismatch':
      return new AwsJsonRefusal(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      );
    default:
      return new AwsJsonRefusal('InvalidSignatureException', failure.message);
  }
}

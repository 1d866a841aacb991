import type { AwsResponse } from './aws-server.ts';
import type { ErrorDetails } from './service-error.ts';

const HEADERS = { 'content-type': 'application/x-amz-json-1.1' };

/** Serializes a result in AWS JSON 1.1. */
export function jsonResponse(body: unknown): AwsResponse {
  return { status: 200, headers: HEADERS, body: JSON.stringify(body) };
}

/** Serializes an error in AWS JSON 1.1, which carries the code in the body. */
export function jsonErrorResponse({ status, code, message }: ErrorDetails): AwsResponse {
  return { status, headers: HEADERS, body: JSON.stringify({ __type: code, message }) };
}

import { ApiError, unauthorized } from '../errors/api-error.ts';
import { expiredContinue } from '../queries/list-objects.ts';
import { errorResponse } from '../requests/handle-request.ts';
import { type HttpResponse, textResponse } from '../requests/http-response.ts';
import type { FaultEffect } from './faults.ts';

const STATUS_MESSAGES: ReadonlyMap<number, readonly [reason: string, message: string]> = new Map([
  [500, ['InternalError', 'Internal error occurred: an injected fault']],
  [503, ['ServiceUnavailable', 'the server is currently unable to handle the request']],
  [504, ['Timeout', 'Timeout: request did not complete within the allotted timeout']],
]);

/** The response of a faulty server, with the messages of the API server. `undefined` when the fault does not change the response. */
export function faultResponse(
  effect: FaultEffect,
  query: URLSearchParams,
  body: string | undefined,
): HttpResponse | undefined {
  if (effect.kind === 'refuse') return refusedResponse(effect);
  if (effect.kind === 'quote') return errorResponse(quotingError(effect.status, body));
  const token = query.get('continue');
  return effect.kind === 'expire' && token ? errorResponse(expiredContinue(token)) : undefined;
}

function quotingError(status: number, body = ''): ApiError {
  const goFormatted = `[${[...Buffer.from(decodeData(body))].join(' ')}]`;
  const message = `admission webhook "audit.example.com" denied the request: ${body} ${goFormatted}`;
  return new ApiError(status, 'Forbidden', message, {});
}

/** Decodes the values of a Secret. */
function decodeData(body: string): string {
  const { data = {} }: { data?: Record<string, string> } = body === '' ? {} : JSON.parse(body);
  return Object.values(data)
    .map((value) => Buffer.from(value, 'base64').toString())
    .join('\n');
}

function refusedResponse({
  status,
  retryAfterSeconds,
}: Extract<FaultEffect, { kind: 'refuse' }>): HttpResponse {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  // The API server throttles before the handlers that write Status objects.
  if (status === 429)
    return textResponse(429, 'Too many requests, please try again later.\n', headers);
  if (status === 401) return errorResponse(unauthorized());
  const [reason, message] = STATUS_MESSAGES.get(status) ?? ['', `an injected fault: ${status}`];
  return { ...errorResponse(new ApiError(status, reason, message, {})), headers };
}

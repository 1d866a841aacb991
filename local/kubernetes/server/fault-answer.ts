import { ApiError, unauthorized } from '../errors/api-error.ts';
import { expiredContinue } from '../queries/list-objects.ts';
import { type Answer, textAnswer } from '../requests/answer.ts';
import { answerError } from '../requests/answer-request.ts';
import type { FaultEffect } from './faults.ts';

const STATUS_MESSAGES: ReadonlyMap<number, readonly [reason: string, message: string]> = new Map([
  [500, ['InternalError', 'Internal error occurred: an injected fault']],
  [503, ['ServiceUnavailable', 'the server is currently unable to handle the request']],
  [504, ['Timeout', 'Timeout: request did not complete within the allotted timeout']],
]);

/** The answer of a faulty server, with the messages of the API server. `undefined` when the fault does not change the answer. */
export function faultAnswer(
  effect: FaultEffect,
  query: URLSearchParams,
  body: string | undefined,
): Answer | undefined {
  if (effect.kind === 'refuse') return errorAnswer(effect);
  if (effect.kind === 'quote') return answerError(quotingError(effect.status, body));
  const token = query.get('continue');
  return effect.kind === 'expire' && token ? answerError(expiredContinue(token)) : undefined;
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

function errorAnswer({
  status,
  retryAfterSeconds,
}: Extract<FaultEffect, { kind: 'refuse' }>): Answer {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  // The API server throttles before the handlers that write Status objects.
  if (status === 429)
    return textAnswer(429, 'Too many requests, please try again later.\n', headers);
  if (status === 401) return answerError(unauthorized());
  const [reason, message] = STATUS_MESSAGES.get(status) ?? ['', `an injected fault: ${status}`];
  return { ...answerError(new ApiError(status, reason, message, {})), headers };
}

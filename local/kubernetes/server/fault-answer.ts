import { type Answer, textAnswer } from './answer.ts';
import { answerError } from '../requests/answer-request.ts';
import { ApiError, unauthorized } from '../errors/api-error.ts';
import type { FaultEffect } from './faults.ts';
import { expiredContinue } from '../queries/list-objects.ts';

const WORDS: ReadonlyMap<number, readonly [reason: string, message: string]> = new Map([
  [500, ['InternalError', 'Internal error occurred: an injected fault']],
  [503, ['ServiceUnavailable', 'the server is currently unable to handle the request']],
  [504, ['Timeout', 'Timeout: request did not complete within the allotted timeout']],
]);

/** What a faulty server answers, worded as the real one; `undefined` when the fault leaves the answer alone. */
export function faultAnswer(
  effect: FaultEffect,
  query: URLSearchParams,
  body: string | undefined,
): Answer | undefined {
  if (effect.kind === 'refuse') return refusal(effect);
  if (effect.kind === 'quote') return answerError(quoting(effect.status, body));
  const token = query.get('continue');
  return effect.kind === 'expire' && token ? answerError(expiredContinue(token)) : undefined;
}

function quoting(status: number, body = ''): ApiError {
  const asGoPrints = `[${[...Buffer.from(decoded(body))].join(' ')}]`;
  const message = `admission webhook "audit.example.com" denied the request: ${body} ${asGoPrints}`;
  return new ApiError(status, 'Forbidden', message, {});
}

/** The values of a Secret as files. */
function decoded(body: string): string {
  const { data = {} }: { data?: Record<string, string> } = body === '' ? {} : JSON.parse(body);
  return Object.values(data)
    .map((value) => Buffer.from(value, 'base64').toString())
    .join('\n');
}

function refusal({ status, retryAfterSeconds }: Extract<FaultEffect, { kind: 'refuse' }>): Answer {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  // Overload is told in plain words, before anything that knows Status objects.
  if (status === 429)
    return textAnswer(429, 'Too many requests, please try again later.\n', headers);
  if (status === 401) return answerError(unauthorized());
  const [reason, message] = WORDS.get(status) ?? ['', `an injected fault: ${status}`];
  return { ...answerError(new ApiError(status, reason, message, {})), headers };
}

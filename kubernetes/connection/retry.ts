import { HTTP_STATUS, isRetryableStatus } from '../../contract/http-status.ts';
import type { ApiResponse } from '../kubernetes-connection.ts';
import { type ConnectionFailure, connectionFailureOf } from './connection-failure.ts';

/** Why one attempt at a request failed: the token was `unauthorized` (401), the server is `busy` (429, 5xx), or the connection failed. */
export type RetryCause = 'unauthorized' | 'busy' | ConnectionFailure;

/** An attempt that failed: with a response that asks for a retry, or without one. */
type FailedAttempt =
  | { readonly cause: 'unauthorized'; readonly response: ApiResponse }
  | { readonly cause: 'busy'; readonly response: ApiResponse }
  | { readonly cause: ConnectionFailure; readonly response?: never; readonly error: unknown };

export interface RetryDelayDeps {
  now(): Date;
  /** From 0 up to 1, as `Math.random`. */
  random(): number;
}

export interface RetryDeps extends RetryDelayDeps {
  /** Waits; rejects when the signal aborts first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

interface RetriedRequest<Context> {
  /** Maximum retries of the request, by cause. */
  readonly maxRetries: Readonly<Record<RetryCause, number>>;
  /** Looks up what an attempt needs. Its errors are not retried. */
  prepare(): Promise<Context>;
  /** Sends the request once. */
  send(context: Context): Promise<ApiResponse>;
  /** Called after each attempt, without a response when the connection failed. */
  attempted?(response: ApiResponse | undefined): void;
  /** Repairs what caused a failure before the next attempt; a busy server only needs the delay. */
  repair?(cause: Exclude<RetryCause, 'busy'>, context: Context): void;
  /** Returns the error to throw after the last retry. */
  errorOf(failure: Exclude<FailedAttempt, { cause: 'busy' }>, context: Context): Error;
  readonly signal: AbortSignal;
}

/**
 * Sends a request until it succeeds or its retries are used up. Only a busy server causes a delay. When it still is
 * busy after the last retry, or the signal aborts the delay, the caller receives its last response.
 *
 * @throws what `errorOf` returns; what `prepare` throws, and `send` other than connection failures; the signal's reason
 */
export async function sendWithRetries<Context>(
  deps: RetryDeps,
  request: RetriedRequest<Context>,
): Promise<ApiResponse> {
  const { maxRetries, signal } = request;
  const failures = { unauthorized: 0, busy: 0, broken: 0, unreachable: 0, slow: 0 };
  for (;;) {
    const context = await request.prepare();
    const attempt = await attemptOnce(request, context);
    request.attempted?.(attempt.response);
    if (attempt.cause === undefined) return attempt.response;
    failures[attempt.cause] += 1;
    const isLast = failures[attempt.cause] > maxRetries[attempt.cause];
    if (attempt.cause !== 'busy') {
      if (isLast) throw request.errorOf(attempt, context);
      request.repair?.(attempt.cause, context);
    } else if (isLast || !(await hasWaited(deps, failures.busy, attempt.response, signal))) {
      return attempt.response;
    }
  }
}

type Attempt = FailedAttempt | { readonly cause?: never; readonly response: ApiResponse };

async function attemptOnce<Context>(
  { send, signal }: RetriedRequest<Context>,
  context: Context,
): Promise<Attempt> {
  try {
    const response = await send(context);
    if (response.status === HTTP_STATUS.unauthorized) return { cause: 'unauthorized', response };
    return isRetryableStatus(response.status) ? { cause: 'busy', response } : { response };
  } catch (error) {
    signal.throwIfAborted();
    const cause = connectionFailureOf(error);
    if (cause === undefined) throw error;
    return { cause, error };
  }
}

/** Whether the delay ended before the signal aborted. */
async function hasWaited(
  deps: RetryDeps,
  attempt: number,
  { headers }: ApiResponse,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await deps.sleep(retryDelay(deps, attempt, headers['retry-after']), signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** The first delay; each further one is twice as long. */
const BASE_DELAY_MS = 200;

/** Maximum delay, `Retry-After` included: a refresh pass would time out before a longer one ends. */
const MAX_DELAY_MS = 30_000;

/**
 * Returns how long to wait before a retry, in milliseconds: what the server's `Retry-After` header says, in seconds or
 * as a date, or else exponential backoff. Jitter (up to half of the backoff, or up to a tenth on top of `Retry-After`)
 * keeps requests that were throttled together from returning together.
 *
 * @param attempt - number of the retry; the first is 1
 */
export function retryDelay(
  { now, random }: RetryDelayDeps,
  attempt: number,
  retryAfter: string | undefined,
): number {
  const requested = parseRetryAfter(retryAfter, now());
  const delay =
    requested === undefined
      ? BASE_DELAY_MS * 2 ** (attempt - 1) * (0.5 + random() / 2)
      : requested * (1 + random() / 10);
  return Math.min(delay, MAX_DELAY_MS);
}

function parseRetryAfter(retryAfter: string | undefined, now: Date): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  // A date begins with its weekday. JavaScript parses `1.5` as a date too, long past.
  const until = /^[A-Za-z]/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  return Number.isNaN(until) ? undefined : Math.max(0, until - now.getTime());
}

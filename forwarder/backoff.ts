import { type RetryDelayDeps, retryDelay } from '../kubernetes/connection/retry.ts';

/** The delay stops growing after this many consecutive failures: it is then 6.4 to 12.8 s. */
const MAX_BACKOFF_ATTEMPT = 7;

export interface BackoffDeps extends RetryDelayDeps {
  /** Resolves after the time, or at once when the signal aborts; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Waits after a failure, before the forwarder tries again. It retries forever, both watches and PutEvents: with
 * exponential backoff from 0.2 s to about 10 s, half of it jitter, or as long as the server's `Retry-After` says, up
 * to 30 s.
 *
 * @param failures - number of consecutive failures, at least 1
 */
export function backOff(
  deps: BackoffDeps,
  failures: number,
  retryAfter?: string,
  signal?: AbortSignal,
): Promise<void> {
  return deps.sleep(retryDelay(deps, Math.min(failures, MAX_BACKOFF_ATTEMPT), retryAfter), signal);
}

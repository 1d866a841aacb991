import { type RetryDelayDeps, retryDelay } from '../kubernetes/connection/retry.ts';

/** After this many failures in a row the wait grows no more: 6.4 to 12.8 s. */
const LONGEST_AT_ATTEMPT = 7;

export interface PauseDeps extends RetryDelayDeps {
  /** Resolves after so many milliseconds, and at once when the signal comes; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Waits after a failure: 0.2 s and then twice as long each time, up to some 10 s, half of it chance; or as long as the
 * server asks with `Retry-After`, up to 30 s.
 *
 * @param failures - how many there were in a row, at least 1
 */
export function pause(
  deps: PauseDeps,
  failures: number,
  retryAfter?: string,
  signal?: AbortSignal,
): Promise<void> {
  return deps.sleep(retryDelay(deps, Math.min(failures, LONGEST_AT_ATTEMPT), retryAfter), signal);
}

import { type ItemOutcome, TERMINAL_FAILURES } from './item-outcome.ts';

/** Delays the retries of failures that only a person can fix. */
export interface BackOff {
  /** Returns the last failure while it is too early for a retry; undefined when the item can be tried. */
  lastFailure(key: string, now: Date): ItemOutcome | undefined;
  /** Records the outcome of a try. */
  record(key: string, now: Date, outcome: ItemOutcome): void;
}

/** First delay, in seconds; doubled after each failure. More than the minute between two passes. */
const INITIAL_DELAY_SECONDS = 90;
/** Maximum delay, in seconds. It limits how long a fixed trust policy goes unnoticed. */
const MAX_DELAY_SECONDS = 300;
/** How long an unused entry is kept, in seconds. */
const RETENTION_SECONDS = 3_600;

/** A throttled call and an unavailable server are not backed off: the next pass retries them. */
const BACKED_OFF: ReadonlySet<string> = new Set([...TERMINAL_FAILURES, 'name-taken']);

/** Creates the back-off of a container. Containers do not share it; a new container costs a few extra calls to STS. */
export function createBackOff(): BackOff {
  const entries = new Map<string, { tries: number; retryAt: number; outcome: ItemOutcome }>();
  let nextCleanupAt = 0;
  return {
    lastFailure(key, now) {
      const entry = entries.get(key);
      return entry !== undefined && now.getTime() < entry.retryAt ? entry.outcome : undefined;
    },
    record(key, now, outcome) {
      if (!('reason' in outcome) || !BACKED_OFF.has(outcome.reason)) {
        entries.delete(key);
        return;
      }
      const tries = (entries.get(key)?.tries ?? 0) + 1;
      const delaySeconds = Math.min(INITIAL_DELAY_SECONDS * 2 ** (tries - 1), MAX_DELAY_SECONDS);
      entries.set(key, { tries, retryAt: now.getTime() + delaySeconds * 1_000, outcome });
      if (now.getTime() >= nextCleanupAt) deleteOldEntries(now);
    },
  };

  /** Not called for every failure: it iterates over all entries. */
  function deleteOldEntries(now: Date): void {
    nextCleanupAt = now.getTime() + RETENTION_SECONDS * 1_000;
    for (const [key, entry] of entries) {
      if (now.getTime() - entry.retryAt > RETENTION_SECONDS * 1_000) entries.delete(key);
    }
  }
}

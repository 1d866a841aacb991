import { type ItemOutcome, TERMINAL_FAILURES } from './item-outcome.ts';

/** Remembers what only a person can mend, so that it is not asked for again at full rate. */
export interface BackOff {
  /** What came of the last try when it is too early for another, else undefined. */
  lastFailure(key: string, now: Date): ItemOutcome | undefined;
  /** Notes the outcome of a try. */
  record(key: string, now: Date, outcome: ItemOutcome): void;
}

/** The first wait, in seconds, doubled at each failure. A tick is a minute, so less would be no wait. */
const FIRST_WAIT_SECONDS = 90;
/** The longest wait, in seconds: who mends a trust policy should not wait long for the next try. */
const LONGEST_WAIT_SECONDS = 300;
/** An entry that nothing has asked for in this long is forgotten, in seconds. */
const MEMORY_SECONDS = 3_600;

/** A throttled call, or a server that is down, is nobody's fault in particular and is tried at once again. */
const WAITED_FOR: ReadonlySet<string> = new Set([...TERMINAL_FAILURES, 'name-taken']);

/**
 * Makes the memory of a container. It is lost with the container and shared with no other, which costs some calls to
 * STS and nothing else.
 */
export function createBackOff(): BackOff {
  const entries = new Map<string, { tries: number; retryAt: number; outcome: ItemOutcome }>();
  let forgetAt = 0;
  return {
    lastFailure(key, now) {
      const entry = entries.get(key);
      return entry !== undefined && now.getTime() < entry.retryAt ? entry.outcome : undefined;
    },
    record(key, now, outcome) {
      if (!('reason' in outcome) || !WAITED_FOR.has(outcome.reason)) {
        entries.delete(key);
        return;
      }
      const tries = (entries.get(key)?.tries ?? 0) + 1;
      const waitSeconds = Math.min(FIRST_WAIT_SECONDS * 2 ** (tries - 1), LONGEST_WAIT_SECONDS);
      entries.set(key, { tries, retryAt: now.getTime() + waitSeconds * 1_000, outcome });
      if (now.getTime() >= forgetAt) forgetOld(now);
    },
  };

  /** Walks all entries, so not at each of thousands of failures. */
  function forgetOld(now: Date): void {
    forgetAt = now.getTime() + MEMORY_SECONDS * 1_000;
    for (const [key, entry] of entries) {
      if (now.getTime() - entry.retryAt > MEMORY_SECONDS * 1_000) entries.delete(key);
    }
  }
}

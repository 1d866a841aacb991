import { hash } from 'node:crypto';
import { type FailedOutcome, type ItemOutcome, isDenied, type RetryTimes } from './item-outcome.ts';

/** The last failure of an item that it is too early to try again. */
interface BackedOff extends RetryTimes {
  readonly failure: FailedOutcome;
}

/** Delays the retries of failures that only a person can fix. */
export interface BackOff {
  /**
   * Returns the last failure while it is too early for a retry; undefined when the item can be tried.
   *
   * @param news - what may have fixed the cause: the pod, the permissions of its namespace, the spec of its AWSIAMRole and
   *   the Secret. An item with news that it did not have at the last tries is tried at once.
   */
  lastFailure(key: string, news: readonly string[], now: Date): BackedOff | undefined;
  /** Records the outcome of a try. */
  record(key: string, news: readonly string[], now: Date, outcome: ItemOutcome): void;
}

/**
 * First delay, in seconds; doubled after each failure. News is not tried earlier either, so that no number of pods that
 * come and go multiplies the calls to STS.
 *
 * Passes are a minute apart, so the three passes after a failure try again, as a role is mostly created together with
 * its first pod. A delay close to a minute would cost the pods of a new role a pass.
 */
const INITIAL_DELAY_SECONDS = 10;
/** Maximum delay, in seconds. It limits how long a fixed trust policy goes unnoticed. */
const MAX_DELAY_SECONDS = 300;
/** How long an unused entry is kept, in seconds. */
const RETENTION_SECONDS = 3_600;
/** Maximum remembered news of an item. The oldest is forgotten, and is news again. */
const MAX_NEWS = 100;

/** A failure of an item, and what was known when it was tried. Times are in milliseconds. */
interface Entry {
  readonly tries: number;
  readonly triedAt: number;
  readonly retryAt: number;
  readonly failure: FailedOutcome;
  /** Digests of the news. */
  readonly news: readonly string[];
}

/** Creates the back-off of a container. Containers do not share it; a new container costs a few extra calls to STS. */
export function createBackOff(): BackOff {
  const entries = new Map<string, Entry>();
  let nextCleanupAt = 0;
  return {
    lastFailure(key, news, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      const { triedAt, failure } = entry;
      const soonest = triedAt + INITIAL_DELAY_SECONDS * 1_000;
      const retryAt = hasNews(entry, news) ? Math.min(soonest, entry.retryAt) : entry.retryAt;
      if (now.getTime() >= retryAt) return undefined;
      return { failure, triedAt: new Date(triedAt), retryAt: new Date(retryAt) };
    },
    record(key, news, now, outcome) {
      // A throttled call and an unavailable server are not backed off: the next pass retries them.
      if (!isDenied(outcome)) {
        entries.delete(key);
        return;
      }
      const before = entries.get(key);
      // What is news may become valid shortly after it, as a changed trust policy does: the delays start again.
      const tries = before === undefined || hasNews(before, news) ? 1 : before.tries + 1;
      const delaySeconds = Math.min(INITIAL_DELAY_SECONDS * 2 ** (tries - 1), MAX_DELAY_SECONDS);
      const triedAt = now.getTime();
      entries.set(key, {
        tries,
        triedAt,
        retryAt: triedAt + delaySeconds * 1_000,
        failure: outcome,
        news: [...new Set([...(before?.news ?? []), ...news.map(digest)])].slice(-MAX_NEWS),
      });
      if (triedAt >= nextCleanupAt) deleteOldEntries(now);
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

function hasNews(entry: Entry, news: readonly string[]): boolean {
  return news.some((one) => !entry.news.includes(digest(one)));
}

/** An annotation of a namespace may be long. */
function digest(news: string): string {
  return hash('sha256', news, 'base64');
}

import { hash } from 'node:crypto';
import { BUDGET } from '../../contract/budgets.ts';
import type { SecretSubject } from '../decide/plan.ts';
import { secretKey } from '../decide/requested-secrets.ts';
import { createMinuteCounter } from '../minute-counter.ts';
import { createNamespaceMemory } from '../namespace-memory.ts';
import { type FailedOutcome, type ItemOutcome, isDenied, type RetryTimes } from './item-outcome.ts';

/** The last failure of an item that it is too early to try again. */
interface BackedOff extends RetryTimes {
  readonly failure: FailedOutcome;
}

/** What is tried: to give a Secret the credentials of a role. */
type Tried = Pick<SecretSubject, 'namespace' | 'name' | 'roleArn'>;

/** Delays the retries of failures that only a person can fix, and limits how many there are in a namespace. */
export interface BackOff {
  /**
   * Returns the last failure while it is too early for a retry; undefined when the item can be tried.
   *
   * @param news - what may have fixed the cause: the pod, the permissions of its namespace, the spec of its AWSIAMRole and
   *   the Secret. An item with news that it did not have at the last tries is tried at once.
   */
  lastFailure(item: Tried, news: readonly string[], now: Date): BackedOff | undefined;
  /** Whether so many items of the namespace have been denied in this minute that no other one is tried in it. */
  isExhausted(namespace: string, now: Date): boolean;
  /** Records the outcome of a try. */
  record(item: Tried, news: readonly string[], now: Date, outcome: ItemOutcome): void;
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
/** Share of the denials of a namespace in a minute that retries may take up. The rest is for what has not been tried. */
const RETRIES_SHARE = 0.5;
/** An entry that was not needed for this long is outdated, in seconds. */
const RETENTION_SECONDS = 3_600;
/** Maximum remembered news of an item. The oldest is forgotten, and is news again. */
const MAX_NEWS = 100;

/** A failure of an item, and what was known when it was tried. */
interface Entry {
  readonly tries: number;
  /** In milliseconds. */
  readonly triedAt: number;
  readonly delaySeconds: number;
  readonly failure: FailedOutcome;
  /** Digests of the news. */
  readonly news: readonly string[];
}

/** Creates the back-off of a container. Containers do not share it; a new container costs a few extra calls to STS. */
export function createBackOff(): BackOff {
  const entries = createNamespaceMemory<Entry>();
  const denials = createMinuteCounter();

  /** The more items of a namespace fail, the longer each waits, so that all have their turn at the same rate. */
  function retryAtOf(namespace: string, entry: Entry, isNews: boolean): number {
    const retriesPerMinute = BUDGET.deniedPerNamespacePerMinute * RETRIES_SHARE;
    const turnSeconds = (entries.countIn(namespace) * 60) / retriesPerMinute;
    const delaySeconds = isNews
      ? Math.min(INITIAL_DELAY_SECONDS, entry.delaySeconds)
      : entry.delaySeconds;
    return entry.triedAt + Math.max(delaySeconds, turnSeconds) * 1_000;
  }

  return {
    lastFailure(item, news, now) {
      const entry = entries.get(item.namespace, keyOf(item));
      if (entry === undefined) return undefined;
      const { triedAt, failure } = entry;
      const retryAt = retryAtOf(item.namespace, entry, hasNews(entry, news));
      if (now.getTime() >= retryAt) return undefined;
      return { failure, triedAt: new Date(triedAt), retryAt: new Date(retryAt) };
    },
    isExhausted: (namespace, now) =>
      denials.countOf(namespace, now) >= BUDGET.deniedPerNamespacePerMinute,
    record(item, news, now, outcome) {
      const { namespace } = item;
      // A throttled call and an unavailable server are not backed off: the next pass retries them.
      if (!isDenied(outcome)) {
        entries.delete(namespace, keyOf(item));
        return;
      }
      denials.add(namespace, now);
      const triedAt = now.getTime();
      const before = freshEntry(entries.get(namespace, keyOf(item)), triedAt);
      // What is news may become valid shortly after it, as a changed trust policy does: the delays start again.
      const tries = before === undefined || hasNews(before, news) ? 1 : before.tries + 1;
      entries.set(namespace, keyOf(item), {
        tries,
        triedAt,
        delaySeconds: Math.min(INITIAL_DELAY_SECONDS * 2 ** (tries - 1), MAX_DELAY_SECONDS),
        failure: outcome,
        news: [...new Set([...(before?.news ?? []), ...news.map(digest)])].slice(-MAX_NEWS),
      });
    },
  };
}

function keyOf(item: Tried): string {
  return `${secretKey(item)} ${item.roleArn}`;
}

function freshEntry(entry: Entry | undefined, now: number): Entry | undefined {
  return entry !== undefined && now - entry.triedAt <= RETENTION_SECONDS * 1_000
    ? entry
    : undefined;
}

function hasNews(entry: Entry, news: readonly string[]): boolean {
  return news.some((one) => !entry.news.includes(digest(one)));
}

/** An annotation of a namespace may be long. */
function digest(news: string): string {
  return hash('sha256', news, 'base64');
}

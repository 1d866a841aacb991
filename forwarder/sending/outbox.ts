import { BUDGET } from '../../contract/budgets.ts';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import { type CredentialRequest, requestedSecretName } from '../../contract/pod-event.ts';
import { secretKey } from '../../lambda/decide/requested-secrets.ts';
import { createMinuteCounter } from '../../lambda/minute-counter.ts';
import { inTurns } from '../../lambda/turns.ts';
import { type BackoffDeps, backOff } from '../backoff.ts';
import { firstBatch, type SeenRequest } from './batch.ts';

/**
 * The queue of credential requests to send. The first one is sent at once, without a timer; those that arrive while it
 * is in flight are sent together after it. With one PutEvents request at a time, a burst becomes a few large events,
 * and a slow or failing bus receives no more requests than it answers. Namespaces take turns, and each has a budget per
 * minute, so that one whose pods come and go uses up neither the events nor the queue.
 */
export interface Outbox {
  add(seen: readonly SeenRequest[]): void;
  /** Number of requests that EventBridge has not accepted yet. */
  readonly waiting: number;
  /** Sends what waits, without backoff. Resolves with the number of requests that are unsent after `milliseconds`. */
  flush(milliseconds: number): Promise<number>;
}

/**
 * Why a request was dropped: `repeated`, the same Secret waits already or was just sent for the same cause; `old`, a
 * scheduled pass handles it by now; `budget`, its namespace requested too many within a minute; `full`, too many wait.
 */
export type DropReason = 'repeated' | 'old' | 'budget' | 'full';

interface OutboxDeps extends BackoffDeps {
  /** Sends an event; rejects when it was not accepted. */
  send(requests: readonly CredentialRequest[]): Promise<void>;
  accepted(request: CredentialRequest): void;
  dropped(reason: DropReason): void;
  /** A namespace exceeded its budget: called once within a minute. */
  exceeded(namespace: string): void;
  failed(error: unknown): void;
}

/** A refresh pass checks everything that is pending once a minute, so an older request is obsolete. */
const MAX_AGE_MS = 60_000;

/** Creates an empty outbox. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const sent = recentlySent(deps);
  const requestCounts = createMinuteCounter();
  const flushing = new AbortController();
  let waiting = new Map<string, SeenRequest>();
  let inFlight = new Map<string, SeenRequest>();
  let sending: Promise<void> | undefined;
  return {
    get waiting() {
      return waiting.size + inFlight.size;
    },
    add(seen) {
      for (const one of seen) enqueue(one);
      if (waiting.size > 0) sending ??= sendAll();
    },
    async flush(milliseconds) {
      flushing.abort();
      const done = new AbortController();
      await Promise.race([sending, deps.sleep(milliseconds, done.signal)]);
      done.abort();
      return waiting.size + inFlight.size;
    },
  };

  function enqueue(seen: SeenRequest): void {
    const key = keyOf(seen);
    const isSent = sent.has(keyWithCause(seen));
    if (waiting.has(key) || inFlight.has(key) || isSent) deps.dropped('repeated');
    else if (!isWithinBudget(seen.request)) deps.dropped('budget');
    else if (waiting.size + inFlight.size >= BUDGET.waitingRequests) deps.dropped('full');
    else waiting.set(key, seen);
  }

  function isWithinBudget({ namespace }: CredentialRequest): boolean {
    const excess = requestCounts.add(namespace, deps.now()) - BUDGET.requestsPerNamespacePerMinute;
    if (excess === 1) deps.exceeded(namespace);
    return excess <= 0;
  }

  async function sendAll(): Promise<void> {
    // Collects what arrived in the same chunk.
    await Promise.resolve();
    let failures = 0;
    while (waiting.size > 0) {
      const isAccepted = await sendBatch();
      failures = isAccepted ? 0 : failures + 1;
      if (!isAccepted) await backOffAfter(failures);
      dropOld();
    }
    // Synchronously after the last check of `waiting`, or a request added in between would not be sent.
    sending = undefined;
  }

  async function sendBatch(): Promise<boolean> {
    const batch = firstBatch(inTurns([...waiting.values()], ({ request }) => request.namespace));
    inFlight = new Map(batch.map((seen) => [keyOf(seen), seen]));
    for (const key of inFlight.keys()) waiting.delete(key);
    try {
      await deps.send(batch.map(({ request }) => request));
      for (const seen of batch) {
        sent.add(keyWithCause(seen));
        deps.accepted(seen.request);
      }
      return true;
    } catch (error) {
      // In front, so that they keep their turns.
      waiting = new Map([...inFlight, ...waiting]);
      deps.failed(error);
      return false;
    } finally {
      inFlight = new Map();
    }
  }

  /** A flush ends the current delay and keeps the next ones short. */
  function backOffAfter(failures: number): Promise<void> {
    const { signal } = flushing;
    return signal.aborted ? backOff(deps, 1) : backOff(deps, failures, undefined, signal);
  }

  function dropOld(): void {
    const oldest = deps.now().getTime() - MAX_AGE_MS;
    for (const [key, { request }] of waiting) {
      if (Date.parse(request.seenAt) >= oldest) continue;
      waiting.delete(key);
      deps.dropped('old');
    }
  }
}

/** Contains the kind: a pod and an AWSIAMRole may request Secrets of the same name, which are handled differently. */
function keyOf({ request }: SeenRequest): string {
  const kind = 'pod' in request ? 'Pod' : AWSIAMROLE.kind;
  const { namespace } = request;
  return `${kind} ${secretKey({ namespace, name: requestedSecretName(request) })}`;
}

function keyWithCause(seen: SeenRequest): string {
  return `${keyOf(seen)} ${seen.cause}`;
}

/**
 * How long a sent request is remembered. The replicas of a Deployment are created within seconds, and a Secret that is
 * deleted in between waits for the next scheduled pass at most.
 */
const RECENT_MS = 10_000;

/** Creates a set of keys that forgets each of them after {@link RECENT_MS}. */
function recentlySent({ now }: { now(): Date }) {
  /** In chronological order, because each key is added at the end. */
  const sentAt = new Map<string, number>();
  const forgetOld = () => {
    const oldest = now().getTime() - RECENT_MS;
    for (const [key, at] of sentAt) {
      if (at > oldest) return;
      sentAt.delete(key);
    }
  };
  return {
    has(key: string): boolean {
      forgetOld();
      return sentAt.has(key);
    },
    add(key: string): void {
      forgetOld();
      sentAt.delete(key);
      sentAt.set(key, now().getTime());
    },
  };
}

import { AWSIAMROLE } from '../../contract/awsiamrole.ts';
import { type CredentialRequest, requestedSecretName } from '../../contract/pod-event.ts';
import { secretKey } from '../../lambda/decide/credential-request.ts';
import { type PauseDeps, pause } from '../pause.ts';
import { firstBatch } from './batch.ts';
import type { SeenRequest } from './seen-request.ts';
import { sentLately } from './sent-lately.ts';

/**
 * Where wants wait to be sent. Nothing waits for a timer: the first want goes at once, and what comes while its request
 * is under way goes with the next. There is one request at a time, so a burst makes few large events, and a bus that is
 * slow or refuses is asked no more often than it answers.
 */
export interface Outbox {
  add(seen: readonly SeenRequest[]): void;
  /** Wants that are not yet with EventBridge. */
  readonly waiting: number;
  /** Sends what waits without waiting out a pause; resolves with the number that is unsent after `milliseconds`. */
  flush(milliseconds: number): Promise<number>;
}

/** `repeated`: the same Secret waits already, or was sent a moment ago on the same occasion; `old`: the tick has come first; `full`: too many wait. */
export type DropReason = 'repeated' | 'old' | 'full';

export interface OutboxDeps extends PauseDeps {
  /** Sends an event; rejects when it was not taken. */
  send(wants: readonly CredentialRequest[]): Promise<void>;
  accepted(want: CredentialRequest): void;
  dropped(reason: DropReason): void;
  /** A request failed; how long it is to wait, when the other side said so. */
  failed(error: unknown): void;
}

/** The tick looks each minute at everything that is pending, so an older hint tells nothing new, in milliseconds. */
const OLDEST_MILLISECONDS = 60_000;

/** Some 5 MB. More distinct Secrets than this are not created in a minute, but forged pods may name them. */
const MOST_WAITING = 10_000;

/** Makes an outbox without anything in it. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const sent = sentLately(deps);
  const hurry = new AbortController();
  let waiting = new Map<string, SeenRequest>();
  let underway = new Map<string, SeenRequest>();
  let sending: Promise<void> | undefined;
  return {
    get waiting() {
      return waiting.size + underway.size;
    },
    add(seen) {
      for (const one of seen) put(one);
      if (waiting.size > 0) sending ??= sendAll();
    },
    async flush(milliseconds) {
      hurry.abort();
      const over = new AbortController();
      await Promise.race([sending, deps.sleep(milliseconds, over.signal)]);
      over.abort();
      return waiting.size + underway.size;
    },
  };

  function put(seen: SeenRequest): void {
    const key = keyOf(seen);
    const isSent = sent.has(occasionKeyOf(seen));
    if (waiting.has(key) || underway.has(key) || isSent) deps.dropped('repeated');
    else if (waiting.size + underway.size >= MOST_WAITING) deps.dropped('full');
    else waiting.set(key, seen);
  }

  async function sendAll(): Promise<void> {
    // One turn later, what came in the same chunk is here too.
    await Promise.resolve();
    let failures = 0;
    while (waiting.size > 0) {
      const isTaken = await sendFirst();
      failures = isTaken ? 0 : failures + 1;
      if (!isTaken) await pauseAfter(failures);
      dropOld();
    }
    // In the same turn as the last look at what waits, or a want that comes in between would wait for the next.
    sending = undefined;
  }

  async function sendFirst(): Promise<boolean> {
    const batch = firstBatch(waiting.values());
    underway = new Map(batch.map((seen) => [keyOf(seen), seen]));
    for (const key of underway.keys()) waiting.delete(key);
    try {
      await deps.send(batch.map(({ request: want }) => want));
      for (const seen of batch) {
        sent.add(occasionKeyOf(seen));
        deps.accepted(seen.request);
      }
      return true;
    } catch (error) {
      // In front, as they are the oldest.
      waiting = new Map([...underway, ...waiting]);
      deps.failed(error);
      return false;
    } finally {
      underway = new Map();
    }
  }

  /** A flush ends the pause that it finds, and makes the next ones as short as the first. */
  function pauseAfter(failures: number): Promise<void> {
    return hurry.signal.aborted ? pause(deps, 1) : pause(deps, failures, undefined, hurry.signal);
  }

  function dropOld(): void {
    const since = deps.now().getTime() - OLDEST_MILLISECONDS;
    for (const [key, { request: want }] of waiting) {
      if (Date.parse(want.seenAt) >= since) return;
      waiting.delete(key);
      deps.dropped('old');
    }
  }
}

/** By kind, as a pod and a resource may want Secrets of one name and are looked at in different ways. */
function keyOf({ request: want }: SeenRequest): string {
  const kind = 'pod' in want ? 'Pod' : AWSIAMROLE.kind;
  return `${kind} ${secretKey({ namespace: want.namespace, name: requestedSecretName(want) })}`;
}

function occasionKeyOf(seen: SeenRequest): string {
  return `${keyOf(seen)} ${seen.occasion}`;
}

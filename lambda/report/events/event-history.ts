import { createHash } from 'node:crypto';
import type { ClusterEvent } from './cluster-event.ts';

/** An Event with its name in the cluster. */
export interface NamedEvent {
  readonly event: ClusterEvent;
  readonly name: string;
}

/** An Event that is to be written now. */
export interface DueEvent extends NamedEvent {
  /** Whether this container has not told it; others may have. */
  readonly isNew: boolean;
  /** In how many runs this container has seen it since it last wrote it, this one included. */
  readonly occurrences: number;
}

/** What a container has told the cluster, so that it does not tell it again every minute. */
export interface EventHistory {
  /** Whether the last that the object was told of the Secret is a Warning. */
  wasWarned(uid: string, secretName: string): boolean;
  /** Counts what a run has seen. Gives it back when it is to be written: it is news, or was written long ago. */
  observe(named: NamedEvent, now: Date): DueEvent | undefined;
  /** How many Events an object may get now. */
  remainingQuota(uid: string, now: Date): number;
  /** Notes that the server has taken the Event, or will not take it. */
  recordWrite(named: NamedEvent, now: Date): void;
}

/**
 * After so long an Event that still holds is written again, in milliseconds: the API server forgets what was not
 * written for an hour (`--event-ttl`), and a trouble that lasts must not look as if it were over.
 */
const REPEAT_MS = 1_800_000;

/** How many are remembered of each kind, those seen last: some megabytes. */
const MAX_ENTRIES = 10_000;

/**
 * An object gets 25 Events and then one in five minutes, as from the recorders of Kubernetes' own controllers: an
 * error that reads differently each time would be news each minute.
 */
const MAX_BURST = 25;
const REFILL_MS = 300_000;

interface LastEvent {
  readonly name: string;
  readonly type: ClusterEvent['type'];
  readonly writtenAt: number;
  /** In how many runs since then. */
  occurrences: number;
}

/**
 * Makes the memory of a container. For each object and Secret it keeps the last that was said, so that a trouble that
 * comes back after an all-clear, or for another reason, is news. What it loses costs a write that finds its Event there.
 */
export function createEventHistory(): EventHistory {
  const said = new Map<string, LastEvent>();
  const allowances = new Map<string, { readonly left: number; readonly at: number }>();

  function allowance(uid: string, now: Date): number {
    const known = allowances.get(uid);
    if (known === undefined) return MAX_BURST;
    const grown = (now.getTime() - known.at) / REFILL_MS;
    return Math.min(MAX_BURST, known.left + grown);
  }

  return {
    // A digest for each of thousands of Secrets that are well would take time; most objects were never told anything.
    wasWarned: (uid, secretName) =>
      allowances.has(uid) && said.get(topicOf(uid, secretName))?.type === 'Warning',
    observe(named, now) {
      const { event, name } = named;
      const topic = topicOf(event.regarding.uid, event.secretName);
      const known = said.get(topic);
      if (known?.name !== name) return { ...named, isNew: true, occurrences: 1 };
      known.occurrences += 1;
      remember(said, topic, known);
      const isDue = now.getTime() - known.writtenAt >= REPEAT_MS;
      return isDue ? { ...named, isNew: false, occurrences: known.occurrences } : undefined;
    },
    remainingQuota: allowance,
    recordWrite({ event, name }, now) {
      const { regarding, secretName, type } = event;
      const at = now.getTime();
      remember(said, topicOf(regarding.uid, secretName), { name, type, writtenAt: at, occurrences: 0 });
      remember(allowances, regarding.uid, { left: allowance(regarding.uid, now) - 1, at });
    },
  };
}

/** A digest, since a name that a user wrote may be long. */
function topicOf(uid: string, secretName: string): string {
  return createHash('sha256').update(`${uid} ${secretName}`).digest('base64');
}

/** Puts the entry last, and forgets the first when there are too many. */
function remember<T>(entries: Map<string, T>, key: string, entry: T): void {
  entries.delete(key);
  entries.set(key, entry);
  if (entries.size <= MAX_ENTRIES) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}

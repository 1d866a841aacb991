import { createHash } from 'node:crypto';
import { BUDGET } from '../../../contract/budgets.ts';
import { createNamespaceMemory } from '../../namespace-memory.ts';
import type { ClusterEvent } from './cluster-event.ts';

/** An Event with its name in the cluster. */
export interface NamedEvent {
  readonly event: ClusterEvent;
  readonly name: string;
}

/** An Event to write now. */
export interface DueEvent extends NamedEvent {
  /** Whether this container has not written it yet. Another container may have. */
  readonly isNew: boolean;
  /** Number of passes that produced it since this container last wrote it, including this pass. */
  readonly occurrences: number;
}

/** The object that an Event is about. */
export type RegardedObject = Pick<ClusterEvent['regarding'], 'namespace' | 'uid'>;

/** The Events that a container has written, so that it does not write the same Event every minute. */
export interface EventHistory {
  /** Whether the last Event about the object and the Secret is a Warning. */
  wasWarned(object: RegardedObject, secretName: string): boolean;
  /**
   * Counts an Event that a pass produced. Returns it if it is due: if it is new, or a Warning that was last written half an
   * hour ago.
   */
  observe(named: NamedEvent, now: Date): DueEvent | undefined;
  /** Number of Events that may be written about an object now. */
  remainingQuota(object: RegardedObject, now: Date): number;
  /** Records that the server has accepted the Event, or rejected it for good. */
  recordWrite(named: NamedEvent, now: Date): void;
}

/**
 * Interval between writes of an Event that persists, in ms. The API server deletes Events an hour after their last write
 * (`--event-ttl`), and a problem that persists must stay visible.
 */
const REPEAT_MS = 1_800_000;

/** How long it takes until one more Event may be written about an object, in milliseconds. */
const REFILL_MS = 300_000;

interface LastEvent {
  readonly name: string;
  readonly type: ClusterEvent['type'];
  readonly writtenAt: number;
  /** Number of passes that produced it since then. */
  occurrences: number;
}

/**
 * Creates the history of a container. It keeps the last Event about each object and Secret, so that a problem that returns, or
 * has another reason, counts as new. A lost entry costs one write, which finds that the Event exists.
 */
export function createEventHistory(): EventHistory {
  const lastEvents = createNamespaceMemory<LastEvent>();
  const quotas = createNamespaceMemory<{ readonly left: number; readonly at: number }>();

  function remainingQuota({ namespace, uid }: RegardedObject, now: Date): number {
    const known = quotas.get(namespace, uid);
    if (known === undefined) return BUDGET.eventsPerObject;
    const refilled = (now.getTime() - known.at) / REFILL_MS;
    return Math.min(BUDGET.eventsPerObject, known.left + refilled);
  }

  return {
    // Checks the quotas first: most objects have no Event, and hashing thousands of topics takes time.
    wasWarned: ({ namespace, uid }, secretName) =>
      quotas.get(namespace, uid) !== undefined &&
      lastEvents.get(namespace, topicOf(uid, secretName))?.type === 'Warning',
    observe(named, now) {
      const { event, name } = named;
      const { namespace, uid } = event.regarding;
      const topic = topicOf(uid, event.secretName);
      const known = lastEvents.get(namespace, topic);
      if (known?.name !== name) return { ...named, isNew: true, occurrences: 1 };
      known.occurrences += 1;
      lastEvents.set(namespace, topic, known);
      const isDue = known.type === 'Warning' && now.getTime() - known.writtenAt >= REPEAT_MS;
      return isDue ? { ...named, isNew: false, occurrences: known.occurrences } : undefined;
    },
    remainingQuota,
    recordWrite({ event, name }, now) {
      const { regarding, secretName, type } = event;
      const at = now.getTime();
      const { namespace, uid } = regarding;
      lastEvents.set(namespace, topicOf(uid, secretName), {
        name,
        type,
        writtenAt: at,
        occurrences: 0,
      });
      quotas.set(namespace, uid, { left: remainingQuota(regarding, now) - 1, at });
    },
  };
}

/** Returns a hash, because a name from a pod's spec may be long. */
function topicOf(uid: string, secretName: string): string {
  return createHash('sha256').update(`${uid} ${secretName}`).digest('base64');
}

import { z } from 'zod';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { REPORTING_CONTROLLER } from '../../../lambda/report/events/write-events.ts';
import { describeApiFailure, getObject } from '../../kubeconfig/get-object.ts';
import type { NamespacedName } from './not-found.ts';

/** An Event that the refresher wrote about an object. */
export interface ProductEvent {
  readonly type: string;
  readonly reason: string;
  /** Human-readable. May quote STS or the author of a forged Event. */
  readonly note: string;
  readonly count: number;
  readonly lastSeen: string;
}

/** The Events of an object, newest first, or why they could not be read. */
export interface ProductEvents {
  readonly events: readonly ProductEvent[];
  /** Why the Events could not be read. */
  readonly unread?: string;
}

const eventList = z.object({
  items: z.array(
    z.object({
      type: z.string().default(''),
      reason: z.string().default(''),
      note: z.string().default(''),
      reportingController: z.string().default(''),
      eventTime: z.string().nullish(),
      series: z.object({ count: z.number(), lastObservedTime: z.string() }).nullish(),
      regarding: z.object({ uid: z.string().optional() }).default({}),
    }),
  ),
});

/** The object that Events are about. */
interface Regarding extends NamespacedName {
  readonly kind: 'Pod' | 'AWSIAMRole';
  readonly uid: string;
}

/**
 * Reads the Events that the functions wrote about an object, without those of an earlier object of the same name. Never
 * throws: an explanation without Events is still useful.
 */
export async function readProductEvents(
  connection: KubernetesConnection,
  { kind, namespace, name, uid }: Regarding,
  signal: AbortSignal,
): Promise<ProductEvents> {
  const fieldSelector = `regarding.kind=${kind},regarding.name=${name}`;
  const query = new URLSearchParams({ fieldSelector, limit: '500' });
  const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events?${query}`;
  try {
    const { items } = eventList.parse(await getObject(connection, path, signal));
    const own = items.filter(
      (one) => one.reportingController === REPORTING_CONTROLLER && one.regarding.uid === uid,
    );
    return { events: newestFirst(own) };
  } catch (error) {
    return { events: [], unread: `Events: ${describeApiFailure(error)}` };
  }
}

/** Omits Events without a time; those of the refresher have one. */
function newestFirst(items: z.output<typeof eventList>['items']): readonly ProductEvent[] {
  return items
    .flatMap(({ type, reason, note, eventTime, series }) => {
      const lastSeen = series?.lastObservedTime ?? eventTime;
      return lastSeen ? [{ type, reason, note, count: series?.count ?? 1, lastSeen }] : [];
    })
    .toSorted((one, other) => Date.parse(other.lastSeen) - Date.parse(one.lastSeen));
}

/** Selects the Events of a pod about one Secret, and removes the Secret's name from the beginning of each note. */
export function eventsOfSecret({ events, ...rest }: ProductEvents, secret: string): ProductEvents {
  const prefix = `Secret ${secret}: `;
  const selected = events
    .filter(({ note }) => note.startsWith(prefix))
    .map((event) => ({ ...event, note: event.note.slice(prefix.length) }));
  return { ...rest, events: selected };
}

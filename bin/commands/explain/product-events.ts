import { z } from 'zod';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { REPORTING_CONTROLLER } from '../../../lambda/report/events/write-events.ts';
import { explainFailure } from '../../kubeconfig/explain-failure.ts';
import { getObject } from '../../kubeconfig/get-object.ts';

/** What this product said of an object. */
export interface ProductEvent {
  readonly type: string;
  readonly reason: string;
  /** For people; STS, or whoever wrote the Event, may have written a part of it. */
  readonly note: string;
  readonly count: number;
  readonly lastSeen: string;
}

/** What this product said of an object, newest first, or why that could not be read. */
export interface EventsRead {
  readonly events: readonly ProductEvent[];
  /** Why there are none; absent when all were read. */
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

/** Which object Events are about. */
export interface Regarded {
  readonly kind: 'Pod' | 'AWSIAMRole';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * Reads the Events that this product wrote about an object, less what is about an earlier one of its name. It never throws:
 * without them there is still much to say.
 */
export async function productEvents(
  connection: KubernetesConnection,
  { kind, namespace, name, uid }: Regarded,
  signal: AbortSignal,
): Promise<EventsRead> {
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
    return { events: [], unread: `Events: ${explainFailure(error)}` };
  }
}

/** What says no time is left out: this product's say one. */
function newestFirst(items: z.output<typeof eventList>['items']): readonly ProductEvent[] {
  return items
    .flatMap(({ type, reason, note, eventTime, series }) => {
      const lastSeen = series?.lastObservedTime ?? eventTime;
      return lastSeen ? [{ type, reason, note, count: series?.count ?? 1, lastSeen }] : [];
    })
    .toSorted((one, other) => Date.parse(other.lastSeen) - Date.parse(one.lastSeen));
}

/** The Events of a pod about one Secret: each note begins with its name, which is left out. */
export function eventsOfSecret({ events, ...rest }: EventsRead, secret: string): EventsRead {
  const beginning = `Secret ${secret}: `;
  const about = events
    .filter(({ note }) => note.startsWith(beginning))
    .map((event) => ({ ...event, note: event.note.slice(beginning.length) }));
  return { ...rest, events: about };
}

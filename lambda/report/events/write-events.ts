import pMap from 'p-map';
import { FIELD_MANAGER, REFRESHERS_GROUP } from '../../../contract/cluster-access.ts';
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import {
  ClusterSetupError,
  isPermissionMissing,
  KubernetesApiError,
} from '../../../kubernetes/errors.ts';
import type {
  ApiRequest,
  ApiResponse,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';
import type { DueEvent } from './event-history.ts';

export interface WriteEventsDeps {
  readonly connection: KubernetesConnection;
  readonly now: () => Date;
  /** Which function reports, of which cluster, in ASCII; what is over 128 characters is cut. */
  readonly reportingInstance: string;
}

/** What came of one Event. */
export type EventWriteResult = { readonly due: DueEvent } & (
  | { readonly result: 'written' }
  /** The server does not take this one. */
  | { readonly result: 'refused'; readonly error: Error }
  /** No Event can be written now. */
  | { readonly result: 'failed'; readonly error: unknown }
  /** Not tried, since another failed or the time was over. */
  | { readonly result: 'unsent' }
);

/** How many are written at once: they matter less than anything else that the API server does meanwhile. */
const CONCURRENCY = 5;

/** Who reports, in each Event: a qualified name (validation of events.k8s.io/v1). */
export const REPORTING_CONTROLLER = 'kube-aws-iam';
/** What is done for whom the Event is about. */
const ACTION = 'GiveCredentials';
/** The longest `reportingInstance`. */
const MAX_INSTANCE_LENGTH = 128;
/** The most that a series counts, which is an int32. */
const MAX_COUNT = 2 ** 31 - 1;

const NOT_FOUND = 404;
const CONFLICT = 409;
const TOO_MANY = 429;

/**
 * Writes Events, and says what came of each; it never throws. After a failure that is about more than one Event it
 * begins no other: the next run tries again.
 */
export async function writeEvents(
  deps: WriteEventsDeps,
  events: readonly DueEvent[],
  signal: AbortSignal,
): Promise<readonly EventWriteResult[]> {
  let isOver = false;
  return pMap(
    events,
    async (due): Promise<EventWriteResult> => {
      if (isOver || signal.aborted) return { due, result: 'unsent' };
      try {
        await writeEvent(deps, due, signal);
        return { due, result: 'written' };
      } catch (error) {
        if (isRefusedForOneEvent(error)) return { due, result: 'refused', error };
        isOver = true;
        return { due, result: 'failed', error };
      }
    },
    { concurrency: CONCURRENCY },
  );
}

/**
 * Makes the Event, or lets its series grow where it is there already: made by this container, or by another that says
 * the same. What both have seen is added up.
 */
async function writeEvent(
  deps: WriteEventsDeps,
  due: DueEvent,
  signal: AbortSignal,
): Promise<void> {
  const { connection } = deps;
  if (due.isNew) {
    const made = await send(connection, createRequest(deps, due, signal));
    if (made.status !== CONFLICT) return;
  }
  // A patch that changes nothing is answered with what is there, which the refresher may not `get`.
  const present = await send(connection, patchRequest(due, {}, signal));
  // The API server forgets Events; this one has happened all the same.
  if (present.status === NOT_FOUND) await send(connection, createRequest(deps, due, signal));
  else {
    const count = Math.min(countOf(present) + due.occurrences, MAX_COUNT);
    await send(connection, updateSeriesRequest(deps, due, count, signal));
  }
}

function createRequest(
  { now, reportingInstance }: WriteEventsDeps,
  { event, name }: DueEvent,
  signal: AbortSignal,
): ApiRequest {
  const { regarding, type, reason, note } = event;
  return {
    method: 'POST',
    path: `${pathOf(event.regarding.namespace)}?fieldManager=${FIELD_MANAGER}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace: regarding.namespace },
      eventTime: microTime(now()),
      reportingController: REPORTING_CONTROLLER,
      reportingInstance: reportingInstance.slice(0, MAX_INSTANCE_LENGTH),
      action: ACTION,
      reason,
      type,
      note,
      regarding,
    }),
    signal,
  };
}

function updateSeriesRequest(
  { now }: WriteEventsDeps,
  due: DueEvent,
  count: number,
  signal: AbortSignal,
): ApiRequest {
  return patchRequest(due, { series: { count, lastObservedTime: microTime(now()) } }, signal);
}

function patchRequest({ event, name }: DueEvent, changes: object, signal: AbortSignal): ApiRequest {
  return {
    method: 'PATCH',
    path: `${pathOf(event.regarding.namespace)}/${name}?fieldManager=${FIELD_MANAGER}`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify(changes),
    signal,
  };
}

function pathOf(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}

/** RFC 3339 with microseconds, without which a `MicroTime` cannot be read. */
function microTime(instant: Date): string {
  return instant.toISOString().replace('Z', '000Z');
}

/** The answer, when it is a success, or says that the Event is not there or is there already. */
async function send(connection: KubernetesConnection, request: ApiRequest): Promise<ApiResponse> {
  const response = await connection.send(request);
  const isPatch = request.method === 'PATCH';
  const expected = isPatch ? NOT_FOUND : CONFLICT;
  if (response.status < 300 || response.status === expected) return response;
  const error = apiErrorOf(response);
  if (!isPermissionMissing(error)) throw error;
  throw new ClusterSetupError(
    `${error.message}. The RBAC of the chart has to give group ${REFRESHERS_GROUP} the verbs create and patch on ` +
      'events of API group events.k8s.io: install the chart in the cluster.',
    { cause: error },
  );
}

function isRefusedForOneEvent(error: unknown): error is KubernetesApiError {
  return error instanceof KubernetesApiError && error.status < 500 && error.status !== TOO_MANY;
}

/** How often the Event was seen before; one that is no series, or counts what cannot be, was seen once. */
function countOf({ body }: ApiResponse): number {
  const event: { readonly series?: { readonly count?: unknown } } = JSON.parse(body.toString());
  const count = event.series?.count;
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 1;
}

import pMap from 'p-map';
import { HTTP_STATUS, isRetryableStatus } from '../../../contract/http-status.ts';
import { FIELD_MANAGER } from '../../../contract/kubernetes/cluster-access.ts';
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
  /** The function and the cluster, in ASCII, truncated after 128 characters. */
  readonly reportingInstance: string;
}

/** The result of writing one Event. */
export type EventWriteResult = { readonly due: DueEvent } & (
  | { readonly result: 'written' }
  /** The server rejected this Event. */
  | { readonly result: 'refused'; readonly error: Error }
  /** The failure concerns all Events. */
  | { readonly result: 'failed'; readonly error: unknown }
  /** Not sent, because another write failed or the signal aborted. */
  | { readonly result: 'unsent' }
);

/** Maximum number of concurrent writes. It is low, because Events are the least important writes. */
const CONCURRENCY = 5;

/** `reportingController` of each Event: a qualified name (validation of events.k8s.io/v1). */
export const REPORTING_CONTROLLER = 'kube-aws-iam';
/** `action` of each Event. */
const ACTION = 'IssueCredentials';
/** Maximum length of `reportingInstance`. */
const MAX_INSTANCE_LENGTH = 128;
/** Maximum `series.count`, an int32. */
const MAX_COUNT = 2 ** 31 - 1;

/**
 * Writes Events and returns the result of each. Never throws. After a failure that concerns more than one Event, it sends no other
 * and leaves the rest to the next pass.
 */
export async function writeEvents(
  deps: WriteEventsDeps,
  events: readonly DueEvent[],
  signal: AbortSignal,
): Promise<readonly EventWriteResult[]> {
  let hasFailed = false;
  return pMap(
    events,
    async (due): Promise<EventWriteResult> => {
      if (hasFailed || signal.aborted) return { due, result: 'unsent' };
      try {
        await writeEvent(deps, due, signal);
        return { due, result: 'written' };
      } catch (error) {
        if (isRefusedForOneEvent(error)) return { due, result: 'refused', error };
        hasFailed = true;
        return { due, result: 'failed', error };
      }
    },
    { concurrency: CONCURRENCY },
  );
}

/**
 * Creates the Event or, if it exists, increases the count of its series. Another container may have created it; the counts of both
 * are added up.
 */
async function writeEvent(
  deps: WriteEventsDeps,
  due: DueEvent,
  signal: AbortSignal,
): Promise<void> {
  const { connection } = deps;
  if (due.isNew) {
    const created = await send(connection, createRequest(deps, due, signal));
    if (created.status !== HTTP_STATUS.conflict) return;
  }
  // An empty patch returns the Event. The refresher has no permission to `get` it.
  const existing = await send(connection, patchRequest(due, {}, signal));
  // The API server deletes old Events.
  if (existing.status === HTTP_STATUS.notFound)
    await send(connection, createRequest(deps, due, signal));
  else {
    const count = Math.min(countOf(existing) + due.occurrences, MAX_COUNT);
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

/** Formats a `MicroTime`: RFC 3339 with microseconds, which its parser requires. */
function microTime(instant: Date): string {
  return instant.toISOString().replace('Z', '000Z');
}

/** Sends a request. Returns a success, and 409 (create) or 404 (patch); throws any other response. */
async function send(connection: KubernetesConnection, request: ApiRequest): Promise<ApiResponse> {
  const response = await connection.send(request);
  const isPatch = request.method === 'PATCH';
  const expected = isPatch ? HTTP_STATUS.notFound : HTTP_STATUS.conflict;
  if (response.status < 300 || response.status === expected) return response;
  const error = apiErrorOf(response);
  if (!isPermissionMissing(error)) throw error;
  throw new ClusterSetupError(
    `${error.message}. The chart grants the refresher the verbs create and patch on events of API group ` +
      'events.k8s.io: install the chart in the cluster.',
    { cause: error },
  );
}

function isRefusedForOneEvent(error: unknown): error is KubernetesApiError {
  return error instanceof KubernetesApiError && !isRetryableStatus(error.status);
}

/** Returns the count of the series. An Event without a series, or with an invalid count, counts once. */
function countOf({ body }: ApiResponse): number {
  const event: { readonly series?: { readonly count?: unknown } } = JSON.parse(body.toString());
  const count = event.series?.count;
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 1;
}

import { BUDGET } from '../../contract/budgets.ts';
import { isInScope, type NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { createMinuteCounter } from '../../lambda/minute-counter.ts';
import type { BackoffDeps } from '../backoff.ts';
import { createFailureLog } from '../failure-log.ts';
import type { Log } from '../log.ts';
import type { WatchActivity } from '../monitoring/health.ts';
import type { WatchMetrics } from '../monitoring/metrics.ts';
import type { SeenRequest } from '../sending/batch.ts';
import { type KeepWatchingDeps, keepWatching } from './keep-watching.ts';
import { kubernetesStream } from './kubernetes-stream.ts';
import type { ServiceAccount } from './service-account.ts';
import type { ObjectChange } from './watch-event.ts';
import { AWSIAMROLES, PENDING_PODS, type WatchedResource } from './watched-resource.ts';

export interface WatchRequestsDeps extends BackoffDeps {
  readonly apiServer: { readonly host: string; readonly port: number };
  readonly account: ServiceAccount;
  /** The namespaces whose pods and AWSIAMRoles are watched. */
  readonly scope: NamespaceScope;
  /** Receives the requests of an object that is new or changed. */
  seen(requests: readonly SeenRequest[]): void;
  readonly metrics: { ofWatch(resource: WatchedResource): WatchMetrics };
  /** Receives the activity of the watch of pods. */
  readonly health: WatchActivity;
  readonly log: Log;
  now(): Date;
  /** After how many seconds the server ends a watch, and after how many without data the client does. */
  readonly times?: { readonly watchSeconds: number; readonly silenceSeconds: number } | undefined;
}

/**
 * The server sends a bookmark 2 s before it ends a watch. So a working watch is never silent for longer than this, and
 * the `resourceVersion` to resume from is never older.
 */
const DEFAULT_TIMES = { watchSeconds: 28, silenceSeconds: 30 };

/** The watch of AWSIAMRoles does not affect the health. */
const NO_HEALTH: WatchActivity = { opened() {}, received() {}, ended() {} };

/**
 * Watches pending pods and AWSIAMRoles, and reports the credentials that they request. Resolves when the signal aborts; never
 * rejects.
 */
export async function watchRequests(deps: WatchRequestsDeps, signal: AbortSignal): Promise<void> {
  const { apiServer, account, times = DEFAULT_TIMES } = deps;
  const silenceTimeoutMs = times.silenceSeconds * 1_000;
  const shared = {
    ...deps,
    open: kubernetesStream({ apiServer, account, silenceTimeoutMs }),
    invalidateToken: () => account.invalidateToken(),
    watchSeconds: times.watchSeconds,
  };
  const watch = (resource: WatchedResource, health: WatchActivity) =>
    keepWatching({ ...shared, ...watchCallbacks(resource, { ...deps, health }) }, signal);
  await Promise.all([watch(PENDING_PODS, deps.health), watch(AWSIAMROLES, NO_HEALTH)]);
}

type WatchCallbacks = Pick<
  KeepWatchingDeps,
  | 'resource'
  | 'changed'
  | 'opened'
  | 'received'
  | 'unreadable'
  | 'oversized'
  | 'relisting'
  | 'ended'
  | 'failureLog'
>;

/** Connects the watch of a resource to the receiver of its requests, the metrics, the health and the log. */
function watchCallbacks(resource: WatchedResource, deps: WatchRequestsDeps): WatchCallbacks {
  const { scope, health, log } = deps;
  const metrics = deps.metrics.ofWatch(resource);
  const oversized = createMinuteCounter();
  const isWatched = ({ object }: ObjectChange) =>
    isInScope(scope, object.metadata?.namespace ?? '');
  return {
    resource,
    changed(change) {
      const seen = isWatched(change) ? resource.findRequests(change, deps.now()) : [];
      metrics.requestsSeen(seen.length);
      deps.seen(seen);
    },
    opened: () => health.opened(),
    received: () => health.received(),
    unreadable: () => metrics.unreadableLine(),
    oversized(namespace) {
      metrics.oversizedObject();
      if (oversized.add(namespace ?? '', deps.now()) === 1) logOversized(log, resource, namespace);
    },
    relisting: () => metrics.relisted(),
    ended({ reason }) {
      health.ended();
      metrics.watchEnded(reason);
    },
    failureLog: createFailureLog(deps, `watching ${resource.resource}`),
  };
}

function logOversized(
  log: Log,
  { resource, description }: WatchedResource,
  namespace: string | undefined,
): void {
  const where = namespace === undefined ? '--all-namespaces' : `--namespace ${namespace}`;
  log.warn(`skips ${description} of more than ${BUDGET.watchedObjectBytes} bytes`, {
    namespace,
    remedy: `none needed: refresh passes handle them; find out who creates them: kubectl get ${resource} ${where}`,
  });
}

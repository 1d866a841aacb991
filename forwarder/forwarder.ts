import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { BUDGET } from '../contract/budgets.ts';
import { SENDING_EVENTS } from '../contract/forwarder.ts';
import { isInScope } from '../contract/kubernetes/namespace.ts';
import { VERSION } from '../contract/version.ts';
import { createMinuteCounter } from '../lambda/minute-counter.ts';
import type { BackoffDeps } from './backoff.ts';
import type { ForwarderConfig } from './config.ts';
import { createFailureLog } from './failure-log.ts';
import type { Log } from './log.ts';
import { createHealth, type WatchActivity } from './monitoring/health.ts';
import { createHealthFiles } from './monitoring/health-files.ts';
import {
  createForwarderMetrics,
  type ForwarderMetrics,
  type ForwarderMetricsDeps,
} from './monitoring/metrics.ts';
import { startMetricsServer } from './monitoring/metrics-server.ts';
import { createOutbox, type Outbox } from './sending/outbox.ts';
import { eventBridgeConfig, putEventsFailure, putRequests } from './sending/put-events.ts';
import { type KeepWatchingDeps, keepWatching } from './watching/keep-watching.ts';
import { kubernetesStream } from './watching/kubernetes-stream.ts';
import { readServiceAccount } from './watching/service-account.ts';
import type { ObjectChange } from './watching/watch-event.ts';
import { AWSIAMROLES, PENDING_PODS, type WatchedResource } from './watching/watched-resource.ts';

/** A running forwarder. */
export interface Forwarder {
  /** The port of the metrics. */
  readonly port: number;
  /** Stops watching, sends what waits, and closes the server. */
  stop(): Promise<void>;
}

interface ForwarderDeps extends BackoffDeps, Omit<ForwarderMetricsDeps, 'waiting'> {
  readonly config: ForwarderConfig;
  readonly log: Log;
  readFile(path: string): Promise<string>;
  /** Replaces a file at once, so that no reader sees a part of it. */
  replaceFile(path: string, text: string): void;
  /** After how many seconds the server ends a watch, and after how many without data the forwarder does. */
  readonly times?: { readonly watchSeconds: number; readonly silenceSeconds: number };
}

/**
 * The server sends a bookmark 2 s before it ends a watch. So a working watch is never silent for longer than this, and
 * the `resourceVersion` to resume from is never older.
 */
const DEFAULT_TIMES = { watchSeconds: 28, silenceSeconds: 30 };

/** How long a stopped forwarder sends what waits. Kubernetes kills a pod 30 s after SIGTERM. */
const FLUSH_TIMEOUT_MS = 5_000;

/**
 * Starts the watches, the outbox, the health files and the server of the metrics.
 *
 * @throws the error of the socket when the port is in use, or of the file system when the health cannot be written
 */
export async function startForwarder(deps: ForwarderDeps): Promise<Forwarder> {
  const { config, log } = deps;
  const health = createHealth(deps);
  const client = new EventBridgeClient(eventBridgeConfig(config.region));
  const metrics = createForwarderMetrics({ ...deps, waiting: () => outbox.waiting });
  const outbox = outboxTo(client, metrics, deps);
  const healthFiles = createHealthFiles({ ...deps, health, folder: config.healthFolder });
  const server = await startMetricsServer(metrics, config.port);
  const { eventBusName, scope } = config;
  log.info('started', {
    version: VERSION,
    port: server.port,
    eventBusName,
    namespaces: scope.only,
    excludedNamespaces: scope.except,
  });
  const stopping = new AbortController();
  const activity: WatchActivity = {
    ...health,
    opened() {
      health.opened();
      // A new pod replaces the old one when it is ready.
      healthFiles.write();
    },
  };
  const watching = Promise.all([
    watchInto(outbox, { ...deps, metrics, health: activity }, stopping.signal),
    healthFiles.keepWriting(stopping.signal),
  ]);
  // Loads the credentials before the first pod needs them. A failure is reported by the first PutEvents.
  client.config.credentials().catch(() => {});
  return {
    port: server.port,
    async stop() {
      stopping.abort();
      await watching;
      const unsent = await outbox.flush(FLUSH_TIMEOUT_MS);
      await server.close();
      client.destroy();
      log.info('stopped', { unsent });
    },
  };
}

function outboxTo(
  client: EventBridgeClient,
  metrics: ForwarderMetrics,
  deps: ForwarderDeps,
): Outbox {
  const { eventBusName } = deps.config;
  const failureLog = createFailureLog(deps, SENDING_EVENTS);
  return createOutbox({
    ...deps,
    async send(requests) {
      await putRequests({ client, eventBusName }, requests);
      metrics.putEventsEnded('accepted');
      failureLog.recovered();
    },
    failed(error) {
      metrics.putEventsEnded('failed');
      failureLog.failed(putEventsFailure(error));
    },
    accepted: ({ seenAt }) =>
      metrics.requestSent((deps.now().getTime() - Date.parse(seenAt)) / 1_000),
    dropped: (reason) => metrics.requestDropped(reason),
    exceeded: (namespace) => logExcess(deps.log, namespace),
  });
}

interface WatchIntoDeps extends ForwarderDeps {
  readonly metrics: ForwarderMetrics;
  readonly health: WatchActivity;
}

/** The watch of AWSIAMRoles does not affect the health. */
const NO_HEALTH: WatchActivity = { opened() {}, received() {}, ended() {} };

async function watchInto(outbox: Outbox, deps: WatchIntoDeps, signal: AbortSignal): Promise<void> {
  const { config, times = DEFAULT_TIMES } = deps;
  const account = readServiceAccount({ ...deps, folder: config.serviceAccountFolder });
  const silenceTimeoutMs = times.silenceSeconds * 1_000;
  const shared = {
    ...deps,
    open: kubernetesStream({ ...config, account, silenceTimeoutMs }),
    invalidateToken: () => account.invalidateToken(),
    watchSeconds: times.watchSeconds,
  };
  const watch = (resource: WatchedResource, health: WatchActivity) =>
    keepWatching({ ...shared, ...watchCallbacks(outbox, resource, { ...deps, health }) }, signal);
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

/** Connects the watch of a resource to the outbox, the metrics, the health and the log. */
function watchCallbacks(
  outbox: Outbox,
  resource: WatchedResource,
  deps: WatchIntoDeps,
): WatchCallbacks {
  const { config, health, log } = deps;
  const metrics = deps.metrics.ofWatch(resource);
  const oversized = createMinuteCounter();
  const isWatched = ({ object }: ObjectChange) =>
    isInScope(config.scope, object.metadata?.namespace ?? '');
  return {
    resource,
    changed(change) {
      const seen = isWatched(change) ? resource.findRequests(change, deps.now()) : [];
      metrics.requestsSeen(seen.length);
      outbox.add(seen);
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

function logExcess(log: Log, namespace: string): void {
  log.warn(
    `drops requests of a namespace: more than ${BUDGET.requestsPerNamespacePerMinute} within a minute`,
    {
      namespace,
      remedy: `none needed: refresh passes handle them; find out what creates so many pods or AWSIAMRoles: kubectl get events --namespace ${namespace}`,
    },
  );
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

import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { BUDGET } from '../contract/budgets.ts';
import { SENDING_EVENTS } from '../contract/forwarder.ts';
import { VERSION } from '../contract/version.ts';
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
import { readServiceAccount } from './watching/service-account.ts';
import { type WatchRequestsDeps, watchRequests } from './watching/watch-requests.ts';

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
  readonly times?: WatchRequestsDeps['times'];
}

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
  const healthFiles = createHealthFiles({
    ...deps,
    health,
    problems: { live: 'the watch is stuck', ready: 'no watch is open' },
    folder: config.healthFolder,
  });
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
    watchRequests(
      {
        ...deps,
        ...config,
        account: readServiceAccount({ ...deps, folder: config.serviceAccountFolder }),
        seen: (requests) => outbox.add(requests),
        metrics,
        health: activity,
      },
      stopping.signal,
    ),
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

function logExcess(log: Log, namespace: string): void {
  log.warn(
    `drops requests of a namespace: more than ${BUDGET.requestsPerNamespacePerMinute} within a minute`,
    {
      namespace,
      remedy: `none needed: refresh passes handle them; find out what creates so many pods or AWSIAMRoles: kubectl get events --namespace ${namespace}`,
    },
  );
}

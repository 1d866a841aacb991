import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { isInScope } from '../contract/namespace-scope.ts';
import { VERSION } from '../contract/version.ts';
import type { ForwarderConfig } from './config.ts';
import { startEndpoints } from './endpoints/endpoints.ts';
import { createHealth, type HealthNotes } from './endpoints/health.ts';
import { createMetrics, type ForwarderMetrics, type MetricsDeps } from './endpoints/metrics.ts';
import type { Log } from './log.ts';
import type { PauseDeps } from './pause.ts';
import { createOutbox, type Outbox } from './sending/outbox.ts';
import { eventBridgeConfig, putWants } from './sending/put-events.ts';
import { sendFailure } from './sending/send-failure.ts';
import { createTrouble } from './trouble.ts';
import { createAbsence } from './watching/absence.ts';
import { kubernetesStream } from './watching/kubernetes-stream.ts';
import { readServiceAccount } from './watching/service-account.ts';
import type { Sight } from './watching/watch-event.ts';
import { type WatchObjectsDeps, watchObjects } from './watching/watch-objects.ts';
import { AWSIAMROLES, PENDING_PODS, type WatchSubject } from './watching/watch-subject.ts';

/** A forwarder that runs. */
export interface Forwarder {
  /** The port of the endpoints. */
  readonly port: number;
  /** Stops watching, sends what waits, and closes the endpoints. */
  stop(): Promise<void>;
}

export interface ForwarderDeps extends PauseDeps, Omit<MetricsDeps, 'waiting'> {
  readonly config: ForwarderConfig;
  readonly log: Log;
  readFile(path: string): Promise<string>;
  /** After how many seconds the server ends a watch, and after how many of silence it is given up. */
  readonly times?: { readonly watchSeconds: number; readonly silenceSeconds: number };
}

/**
 * The server sends a bookmark 2 s before a watch's time is over, so a watch that is alive is never silent for longer
 * than this, and the place to go on from is never older.
 */
const TIMES = { watchSeconds: 28, silenceSeconds: 30 };

/** How long a stopped forwarder may take to send what waits, in milliseconds. A pod has 30 s to end. */
const FLUSH_MILLISECONDS = 5_000;

/**
 * Starts everything.
 *
 * @throws the error of the socket when the endpoints' port is taken
 */
export async function startForwarder(deps: ForwarderDeps): Promise<Forwarder> {
  const { config, log } = deps;
  const health = createHealth(deps);
  const client = new EventBridgeClient(eventBridgeConfig(config.region));
  const metrics: ForwarderMetrics = createMetrics({ ...deps, waiting: () => outbox.waiting });
  const outbox = outboxTo(client, metrics, deps);
  const endpoints = await startEndpoints({ health, metrics }, config.port);
  const { eventBusName, scope } = config;
  log.info('started', {
    version: VERSION,
    port: endpoints.port,
    eventBusName,
    namespaces: scope.only,
    excludedNamespaces: scope.except,
  });
  const stopping = new AbortController();
  const watching = watchInto(outbox, { ...deps, metrics, health }, stopping.signal);
  // The first pod then needs not wait for credentials. What goes wrong is said when it matters.
  client.config.credentials().catch(() => {});
  return {
    port: endpoints.port,
    async stop() {
      stopping.abort();
      await watching;
      const unsent = await outbox.flush(FLUSH_MILLISECONDS);
      await endpoints.close();
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
  const trouble = createTrouble(deps, 'sending events');
  return createOutbox({
    ...deps,
    async send(wants) {
      await putWants({ client, eventBusName }, wants);
      metrics.requestEnded('accepted');
      trouble.end();
    },
    failed(error) {
      metrics.requestEnded('failed');
      trouble.begin(sendFailure(error));
    },
    accepted: ({ seenAt }) => metrics.wantSent((deps.now().getTime() - Date.parse(seenAt)) / 1_000),
    dropped: (reason) => metrics.wantDropped(reason),
  });
}

interface WatchIntoDeps extends ForwarderDeps {
  readonly metrics: ForwarderMetrics;
  readonly health: HealthNotes;
}

/** Nobody asks for the health of this watch. */
const UNHEEDED: HealthNotes = { opened() {}, heard() {}, ended() {} };

async function watchInto(outbox: Outbox, deps: WatchIntoDeps, signal: AbortSignal): Promise<void> {
  const { config, times = TIMES } = deps;
  const account = readServiceAccount({ ...deps, folder: config.serviceAccountFolder });
  const silenceMilliseconds = times.silenceSeconds * 1_000;
  const shared = {
    ...deps,
    open: kubernetesStream({ ...config, account, silenceMilliseconds }),
    forgetToken: () => account.forgetToken(),
    watchSeconds: times.watchSeconds,
  };
  await Promise.all([
    watchObjects({ ...shared, ...notesInto(outbox, PENDING_PODS, deps) }, signal),
    watchObjects(
      { ...shared, ...notesInto(outbox, AWSIAMROLES, { ...deps, health: UNHEEDED }) },
      signal,
    ),
  ]);
}

type WatchNotes = Pick<
  WatchObjectsDeps,
  | 'subject'
  | 'see'
  | 'opened'
  | 'heard'
  | 'unreadable'
  | 'beginsAnew'
  | 'ended'
  | 'trouble'
  | 'absence'
>;

/** Where goes what a watch of the subject sees, and what it says of itself. */
function notesInto(outbox: Outbox, subject: WatchSubject, deps: WatchIntoDeps): WatchNotes {
  const { config, health } = deps;
  const metrics = deps.metrics.ofWatch(subject);
  const isHeeded = ({ object }: Sight) => isInScope(config.scope, object.metadata?.namespace ?? '');
  return {
    subject,
    see(sight) {
      const seen = isHeeded(sight) ? subject.findWants(sight, deps.now()) : [];
      metrics.wantsSeen(seen.length);
      outbox.add(seen);
    },
    opened: () => health.opened(),
    heard: () => health.heard(),
    unreadable: () => metrics.lineUnreadable(),
    beginsAnew: () => metrics.begunAnew(),
    ended({ reason }) {
      health.ended();
      metrics.ended(reason);
    },
    trouble: createTrouble(deps, `watching ${subject.resource}`),
    absence: createAbsence(deps, subject.what),
  };
}

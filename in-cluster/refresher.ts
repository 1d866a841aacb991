import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { BUDGET } from '../contract/budgets.ts';
import { SDK_TIMEOUTS } from '../contract/limits.ts';
import { PASS } from '../contract/pass.ts';
import { VERSION } from '../contract/version.ts';
import { createFailureLog } from '../forwarder/failure-log.ts';
import type { Log } from '../forwarder/log.ts';
import { createHealthFiles } from '../forwarder/monitoring/health-files.ts';
import { startMetricsServer } from '../forwarder/monitoring/metrics-server.ts';
import { createOutbox, type Outbox } from '../forwarder/sending/outbox.ts';
import { readServiceAccount } from '../forwarder/watching/service-account.ts';
import { watchRequests } from '../forwarder/watching/watch-requests.ts';
import { createContainer, type HandleEvent, type ServiceName } from '../lambda/container.ts';
import { handlePass } from '../lambda/handle-pass.ts';
import { handlePodEvent } from '../lambda/handle-pod-event.ts';
import type { InClusterConfig } from './config.ts';
import { clusterClients, connectOwnCluster } from './connecting/cluster-clients.ts';
import { ownCredentialsRemedy } from './connecting/own-credentials.ts';
import { type Leadership, takePartInElection } from './leading/election.ts';
import { createLeaseApi, type LeaseApi } from './leading/lease.ts';
import { createCloudWatchLog } from './monitoring/cloudwatch-log.ts';
import { createProcessHealth, type ProcessHealth } from './monitoring/health.ts';
import type { ReceiveLine } from './monitoring/log-lines.ts';
import { createPrometheusMetrics, type PrometheusMetrics } from './monitoring/prometheus.ts';
import { requestAnswerer } from './requests/answer-requests.ts';
import { podEventSender } from './running/pod-events.ts';
import { keepSchedule } from './running/schedule.ts';
import { createService, oneAtATime, type Service } from './running/service.ts';

/** A running refresher. */
export interface Refresher {
  /** Stops the work, releases the Lease, and sends the rest of the log. */
  stop(): Promise<void>;
}

export interface RefresherDeps {
  readonly config: InClusterConfig;
  /** The log of the process itself; passes have their own. */
  readonly log: Log;
  /** Distinguishes this process from earlier ones of the same pod. */
  readonly processId: string;
  /** Connects the receivers of the log, before the first pass. */
  divertOutput(receivers: { readonly metrics: ReceiveLine; readonly log: ReceiveLine }): void;
  readFile(path: string): Promise<string>;
  /** Replaces a file at once, so that no reader sees a part of it. */
  replaceFile(path: string, text: string): void;
  residentBytes(): number;
  cpuSeconds(): number;
  now(): Date;
  /** Milliseconds since any instant, from a clock that is never set. */
  elapsedMs(): number;
  random(): number;
  /** Resolves after the time, or when the signal aborts; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

type Services = Readonly<Record<ServiceName, Service>>;

/** How long a stopped process sends the rest of its log. Kubernetes kills a pod 30 s after SIGTERM. */
const FLUSH_TIMEOUT_MS = 5_000;

/**
 * Starts the refresher in the cluster: the functions as services of one process, in which the leader of the Lease performs the
 * passes, watches pods, and answers requests.
 *
 * @throws the error of the socket when the port is in use, or of the file system when the health cannot be written
 */
export async function startRefresher(deps: RefresherDeps): Promise<Refresher> {
  const { config, log } = deps;
  const health = createProcessHealth(deps);
  const state: { outbox?: Outbox; isLeader: boolean } = { isLeader: false };
  const prometheus = createPrometheusMetrics({
    ...deps,
    isLeader: () => state.isLeader,
    waiting: () => state.outbox?.waiting ?? 0,
  });
  const cloudWatch = connectCloudWatch(deps);
  deps.divertOutput({
    log: cloudWatch.addLine,
    metrics(line) {
      cloudWatch.addMetrics(line);
      prometheus.record(line);
    },
  });
  const healthFiles = createHealthFiles({
    ...deps,
    health,
    problems: {
      live: 'no refresh pass has ended for four minutes',
      ready: 'the Lease cannot be read or written',
    },
    folder: config.healthFolder,
  });
  const server = await startMetricsServer(prometheus, config.port);
  log.info('started', { version: VERSION, port: server.port });

  const account = readServiceAccount({ ...deps, folder: config.serviceAccountFolder });
  const services = createServices(deps, account);
  const lease = createLeaseApi(connectOwnCluster({ ...deps, account }, () => {}));
  const stopping = new AbortController();
  const sending = new AbortController();
  const background = [
    cloudWatch.keepSending(sending.signal),
    healthFiles.keepWriting(sending.signal),
  ];
  const work = { ...deps, services, lease, health, prometheus, account };
  const election = takePartInElection(
    {
      ...deps,
      api: lease,
      identity: `${config.podName}_${deps.processId}`,
      failureLog: createFailureLog(deps, 'taking part in the election'),
      progressed() {
        const wasReady = health.isReady();
        health.elected();
        // A new pod replaces the old one when it is ready.
        if (!wasReady) healthFiles.write();
      },
      timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
      async lead(leadership) {
        state.isLeader = true;
        health.leads(true);
        await lead(work, leadership, (outbox) => {
          state.outbox = outbox;
        });
        health.leads(false);
        state.isLeader = false;
      },
    },
    stopping.signal,
  );
  return {
    async stop() {
      stopping.abort(new Error('the process ends'));
      await election;
      log.info('stopped');
      sending.abort();
      await Promise.all(background);
      await cloudWatch.flush(AbortSignal.timeout(FLUSH_TIMEOUT_MS));
      await server.close();
    },
  };
}

function connectCloudWatch(deps: RefresherDeps) {
  const { config, log, processId } = deps;
  const { region } = config.refresher;
  return createCloudWatchLog({
    ...deps,
    client: new CloudWatchLogsClient({ region, requestHandler: SDK_TIMEOUTS }),
    logGroupName: config.logGroupName,
    // Streams of one pod have the same prefix.
    logStreamName: `${config.podName}/${processId}`,
    failureLog: createFailureLog(deps, 'sending the log to CloudWatch'),
    credentialsRemedy: ownCredentialsRemedy(config.refresher),
    dropped: (lines) => log.warn('dropped lines that could not be sent to CloudWatch', { lines }),
  });
}

function createServices(
  { config, now }: RefresherDeps,
  account: ReturnType<typeof readServiceAccount>,
): Services {
  const create = (name: ServiceName, handle: HandleEvent): Service => {
    const container = createContainer(name, config.refresher, (_, meter) =>
      clusterClients({ config, account, now }, meter),
    );
    return createService(name, container, handle);
  };
  return {
    refresh: oneAtATime(create('refresh', handlePass(PASS.refresh))),
    sweep: oneAtATime(create('sweep', handlePass(PASS.sweep))),
    events: create('events', handlePodEvent),
  };
}

interface WorkDeps extends RefresherDeps {
  readonly services: Services;
  readonly lease: LeaseApi;
  readonly health: ProcessHealth;
  readonly prometheus: PrometheusMetrics;
  readonly account: ReturnType<typeof readServiceAccount>;
}

/** The work of the leader, until it no longer leads. Never rejects. */
async function lead(
  deps: WorkDeps,
  leadership: Leadership,
  started: (outbox: Outbox) => void,
): Promise<void> {
  const { services, config, log, health, prometheus } = deps;
  const { signal } = leadership;
  const answer = requestAnswerer(
    { ...deps, failureLog: createFailureLog(deps, 'answering a request') },
    signal,
  );
  leadership.onRenewed((lease) => void answer(lease));
  const outbox = createOutbox({
    ...deps,
    send: podEventSender(services.events, signal),
    accepted() {},
    dropped() {},
    failed() {},
    exceeded: (namespace) =>
      log.warn(
        `drops requests of a namespace: more than ${BUDGET.requestsPerNamespacePerMinute} within a minute`,
        { namespace, remedy: 'none needed: refresh passes handle them' },
      ),
  });
  started(outbox);
  await Promise.all([
    keepSchedule(
      {
        ...deps,
        ended(name) {
          if (name === 'refresh') health.passed();
        },
      },
      signal,
    ),
    watchRequests(
      {
        ...deps,
        apiServer: config.apiServer,
        scope: config.refresher.scope,
        seen: (requests) => outbox.add(requests),
        metrics: prometheus,
        health: { opened() {}, received() {}, ended() {} },
      },
      signal,
    ),
  ]);
}

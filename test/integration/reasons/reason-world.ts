import type { Metrics } from '@aws-lambda-powertools/metrics';
import { vi } from 'vitest';
import type { PASS, PassName } from '../../../contract/pass.ts';
import type { FunctionName } from '../../../infra/names.ts';
import type {
  ApiRequest,
  ApiResponse,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';
import type { ActDeps } from '../../../lambda/act/secrets/secret-api.ts';
import type { RolePolicy } from '../../../lambda/decide/guard.ts';
import { createChangeLog } from '../../../lambda/report/change-log.ts';
import { createEventReporter } from '../../../lambda/report/events/event-reporter.ts';
import {
  addPassMetrics,
  addWarmUpMetrics,
  createMetricsLogger,
} from '../../../lambda/report/metrics.ts';
import { createStatusWriter } from '../../../lambda/report/statuses/status-writer.ts';
import { type PassDeps, runPass } from '../../../lambda/run-pass.ts';
import { type Assembly, loadAssembly } from '../../../local/assembly/assembly.ts';
import { createEmbeddedAlarms } from '../../../local/aws/cloudwatch/embedded-alarms.ts';
import { createMetricStore } from '../../../local/aws/cloudwatch/metric-store.ts';
import { readEmbeddedMetrics } from '../../../local/aws/cloudwatch/read-emf.ts';
import { aPolicy, listing, minutes, NOW } from '../../support/builders/builders.ts';
import { FakeCluster } from '../../support/builders/fake-cluster.ts';
import { assemblyOf } from '../../support/deployment/assembly-of.ts';
import { ACCOUNT, CLUSTER_NAME, REGION } from '../../support/deployment/deployment.ts';

/** What a story changes: the cluster, the policy, and what fails. */
export interface ReasonWorld {
  readonly cluster: FakeCluster;
  policy: RolePolicy;
  /** Overrides of what the functions depend on, e.g. an STS that fails. */
  readonly act: Partial<ActDeps>;
  /** The lists that fail. */
  readonly failingLists: Set<'namespaces' | 'secrets'>;
  /** Whether passes have no time left when they have observed. */
  isOutOfTime: boolean;
  /** Whether Secrets without the label are not found. */
  hidesUnmanaged: boolean;
  /** Called at the beginning of each minute. */
  eachMinute: (minute: number) => void;
}

/** When something became known, in minutes; undefined if it never did. */
export interface Findings {
  /** A Warning about the pod or the AWSIAMRole, or a condition that is False. */
  readonly told: number | undefined;
  /** A line of the log with the reason. */
  readonly logged: number | undefined;
  /** An alarm in ALARM. */
  readonly alarm: number | undefined;
  /** The names of these alarms, without the prefix. */
  readonly alarms: readonly string[];
}

/** When the credentials that exist at first expire. A renewal becomes due 30 to 35 minutes earlier. */
export const EXPIRY_MINUTES = 45;

let assembly: Promise<Assembly> | undefined;

function deployedAlarms(): Promise<Assembly> {
  // The settings of other tests, so that it is synthesized once.
  const settings = { clusterName: CLUSTER_NAME, assumableRoles: ['app-*'], installChart: false };
  const target = { account: ACCOUNT, region: REGION, partition: 'aws' };
  assembly ??= assemblyOf(settings).then((folder) => loadAssembly(folder, target));
  return assembly;
}

/** Minutes without a problem before a story, so that all alarms are OK. */
const WARM_UP_MINUTES = 21;

/**
 * Plays a story in virtual time: a refresh each minute and a sweep each ten minutes, with the product's own reports, until
 * the credentials expire. The alarms of the template are evaluated on the metrics that the passes emit.
 */
export async function playReason(
  reason: string,
  provoke: (world: ReasonWorld) => void,
): Promise<Findings> {
  const cluster = new FakeCluster();
  const world: ReasonWorld = {
    cluster,
    policy: aPolicy(),
    act: {},
    failingLists: new Set(),
    isOutOfTime: false,
    hidesUnmanaged: false,
    eachMinute: () => {},
  };
  let told: number | undefined;
  let logged: number | undefined;
  /** The minute of the first ALARM by name, in order. */
  const raised = new Map<string, number>();
  const log = (_: string, fields: Record<string, unknown>) => {
    if (fields['reason'] === reason) logged ??= minuteOf(cluster);
  };
  const connection = reportsOf(cluster, () => {
    told ??= minuteOf(cluster);
  });
  const monitoring = await startMonitoring(cluster);
  const playMinutes = async (from: number, until: number) => {
    const containers = containersOf(world, connection, log);
    for (let minute = from; minute < until; minute++) {
      await playMinute(world, containers, minute, monitoring.put);
      for (const name of monitoring.raisedAt(minutes(minute + 1))) {
        if (!raised.has(name)) raised.set(name, minute);
      }
    }
  };
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    await playMinutes(-WARM_UP_MINUTES, 0);
    raised.clear();
    provoke(world);
    await playMinutes(0, EXPIRY_MINUTES + 1);
  } finally {
    vi.useRealTimers();
  }
  const [alarm] = raised.values();
  return { told, logged, alarm, alarms: [...raised.keys()] };
}

/** The alarms of the template, and the metrics that they evaluate. */
async function startMonitoring(cluster: FakeCluster) {
  const store = createMetricStore({ now: () => cluster.now });
  const alarms = createEmbeddedAlarms(await deployedAlarms(), store);
  return {
    put(line: string): void {
      for (const { metric, values, at } of readEmbeddedMetrics(line, cluster.now)) {
        store.put(metric, values, at);
      }
    },
    /** Evaluates the alarms. Returns those that are raised now, without the prefix of their names. */
    raisedAt(now: Date): readonly string[] {
      cluster.now = now;
      return alarms
        .evaluate(now)
        .filter(({ state }) => state === 'ALARM')
        .map(({ alarm }) => alarm.name.replace(/^.*-(?:page|ticket)-/, ''));
    },
  };
}

type Containers = Readonly<Record<'refresh' | 'sweep', PassDeps>>;

function containersOf(...args: Parameters<typeof containerOf>): Containers {
  return { refresh: containerOf(...args), sweep: containerOf(...args) };
}

async function playMinute(
  world: ReasonWorld,
  containers: Containers,
  minute: number,
  put: (line: string) => void,
): Promise<void> {
  const { cluster } = world;
  cluster.now = minutes(minute, new Date(NOW.getTime() + 30_000));
  vi.setSystemTime(cluster.now);
  world.eachMinute(minute);
  const isSweep = (minute + 100) % 10 === 5;
  for (const pass of ['refresh', ...(isSweep ? ['sweep' as const] : [])] as const) {
    for (const line of await emittedBy(pass, containers[pass], world)) put(line);
  }
  for (const line of await emitted('events', addWarmUpMetrics)) put(line);
}

function minuteOf({ now }: FakeCluster): number {
  return Math.floor((now.getTime() - NOW.getTime()) / 60_000);
}

/** Receives Events and statuses. Calls `tell` when one reports a problem. */
function reportsOf(cluster: FakeCluster, tell: () => void): KubernetesConnection {
  const answer = (status: number): ApiResponse => ({
    status,
    headers: {},
    body: Buffer.from('{}'),
  });
  return {
    async send({ method, path, body = '{}', signal }: ApiRequest) {
      signal?.throwIfAborted();
      const sent = JSON.parse(body);
      if (path.includes('/events')) {
        if (method === 'POST' && sent.type === 'Warning') tell();
        return answer(method === 'POST' ? 201 : 200);
      }
      const name = path.split('/').at(-2);
      cluster.awsIamRoles = cluster.awsIamRoles.map((resource) =>
        resource.name === name ? { ...resource, status: withoutNulls(sent.status) } : resource,
      );
      if (sent.status.conditions.some((one: { status: string }) => one.status === 'False')) tell();
      return answer(200);
    },
  };
}

function withoutNulls(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

type Log = (message: string, fields: Record<string, unknown>) => void;

function containerOf(world: ReasonWorld, connection: KubernetesConnection, log: Log): PassDeps {
  const { cluster } = world;
  const deps = cluster.deps(world.act);
  const now = () => cluster.now;
  return {
    ...deps,
    policy: world.policy,
    lookUpSecret: async (secret, signal) =>
      world.hidesUnmanaged ? listing([]) : deps.lookUpSecret(secret, signal),
    observe: async (phase) => viewOf(world, phase),
    statusWriter: createStatusWriter(connection, now),
    eventReporter: createEventReporter({
      connection,
      now,
      reportingInstance: 'test',
      log: { warn: () => {} },
    }),
    changeLog: createChangeLog({ debug: () => {}, info: log, warn: log }),
    addMetrics: () => {},
  };
}

function viewOf({ cluster, failingLists }: ReasonWorld, phase: 'pending' | 'live') {
  const { pods, secrets, namespaces, awsIamRoles } = cluster;
  const failure = (list: 'namespaces' | 'secrets') =>
    failingLists.has(list) ? new Error(`${list} cannot be listed`) : undefined;
  const managed = [...secrets.values()].filter(({ labels }) => labels['heritage'] !== undefined);
  return {
    pods: listing(phase === 'live' ? pods : pods.filter(({ isPending }) => isPending)),
    secrets: listing(failingLists.has('secrets') ? [] : managed, failure('secrets')),
    namespaces: listing(failingLists.has('namespaces') ? [] : namespaces, failure('namespaces')),
    awsIamRoles: listing(awsIamRoles),
  };
}

/** Runs a pass, and returns the lines in the embedded metric format that it writes. */
function emittedBy(
  pass: Exclude<PassName, typeof PASS.check>,
  deps: PassDeps,
  { isOutOfTime }: ReasonWorld,
): Promise<readonly string[]> {
  const acting = isOutOfTime ? AbortSignal.abort() : new AbortController().signal;
  return emitted(pass, async (metrics) => {
    try {
      await runPass(
        { ...deps, addMetrics: (report) => addPassMetrics(metrics, report) },
        { pass },
        pass,
        { observing: new AbortController().signal, acting },
      );
    } catch {
      // An incomplete view: the pass has reported it.
    }
  });
}

/** Returns the lines that a function writes in an invocation. */
async function emitted(
  service: FunctionName,
  invoke: (metrics: Metrics) => unknown,
): Promise<readonly string[]> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const metrics = createMetricsLogger(service, CLUSTER_NAME);
  try {
    await invoke(metrics);
  } finally {
    metrics.publishStoredMetrics();
    spy.mockRestore();
  }
  return written.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('{'));
}

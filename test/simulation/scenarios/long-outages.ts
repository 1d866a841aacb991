import { PASS } from '../../../contract/pass.ts';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import type { Fact, SessionFact, Violation } from '../../invariants/facts.ts';
import { createInvariantChecker } from '../../invariants/invariant-checker.ts';
import { aPolicy, BASE_ROLE_ARN } from '../../support/builders/builders.ts';
import { awsIamRoles, HEADER } from '../../support/chart/awsiamrole-definition.ts';
import { clusterParts, createSimulatedCluster, type SimulatedCluster } from '../world/cluster.ts';
import type { ActiveFaults, FaultKind } from '../world/fault-injection.ts';
import { createSimulatedFunctions } from '../world/functions.ts';
import { followPods } from '../world/kubelet.ts';
import { createRandom } from '../world/random.ts';
import { type FunctionSettings, toleratedOutage } from '../world/session-settings.ts';
import {
  createVirtualTime,
  every,
  HOUR,
  MINUTE,
  SECOND,
  type VirtualTime,
} from '../world/virtual-time.ts';

/** What fails in an outage. */
export const OUTAGES = {
  STS: ['sts-down'],
  'the API server': ['api-down'],
  Lambda: ['schedules-lost'],
  everything: ['sts-down', 'api-down', 'schedules-lost'],
} as const satisfies Record<string, readonly FaultKind[]>;

/** An outage, in hours since the start. */
interface Outage {
  readonly of: keyof typeof OUTAGES;
  readonly from: number;
  readonly hours: number;
}

/** A session that STS issued. */
interface IssuedSession extends SessionFact {
  /** When, in hours since the start. */
  readonly hour: number;
  readonly seconds: number;
}

/** A cluster whose pods run all the time. Times are in hours since the start. */
export interface LongOutages {
  readonly hours: number;
  /** Returns the deployed configuration at an hour. */
  readonly settings: (hour: number) => FunctionSettings;
  readonly outages: readonly Outage[];
  /** The `MaxSessionDuration` of roles that allow less than twelve hours, in seconds, by the number of the role. */
  readonly maxSeconds?: Readonly<Record<number, number>>;
  /** The `roleSessionDuration` of an AWSIAMRole `resource`, in seconds. */
  readonly roleSessionDuration?: number;
}

/** What a world led to. Secrets are named `<namespace>/<name>`. */
export interface OutagesResult {
  /** The Secrets in use whose credentials were expired or missing at any time, from the second hour on. */
  readonly expired: readonly string[];
  readonly violations: readonly Violation[];
  readonly crashes: readonly unknown[];
  /** The sessions that STS issued, by role. */
  sessionsOf(role: string): readonly IssuedSession[];
  /** The outcomes of the last refresh pass. */
  readonly lastOutcomes: readonly ItemOutcome[];
}

const NAMESPACES = ['shop', 'bank'];
export const ROLES_PER_NAMESPACE = 4;

const START = new Date('2026-11-24T00:00:00Z');

/** Longer than in the stack, so that two days pass in seconds. */
const REFRESH_PERIOD_MS = 2 * MINUTE;
const SWEEP_PERIOD_MS = 10 * MINUTE;

/** Plays a cluster through its outages. */
export async function playLongOutages(input: LongOutages): Promise<OutagesResult> {
  const time = createVirtualTime(START);
  const hour = () => time.elapsed / HOUR;
  const { settings, outages } = input;
  const sessionWorld = {
    settings: () => settings(hour()),
    maxSecondsOf: (roleArn: string) => input.maxSeconds?.[roleNumberOf(roleArn)] ?? 43_200,
    longestMs: 12 * HOUR,
    toleratedMs: (sessionMs: number) => toleratedOutage(settings(hour()))(sessionMs),
    changesTakeMs: 5 * MINUTE,
  };
  const checker = createInvariantChecker({
    baseRoleArn: BASE_ROLE_ARN,
    isForbidden: () => false,
    sessions: sessionWorld,
  });
  const record = (fact: Fact) => checker.record(time.now(), fact);
  const crashes: unknown[] = [];
  const sessions: IssuedSession[] = [];
  let lastOutcomes: readonly ItemOutcome[] = [];
  const cluster = createSimulatedCluster(await clusterParts(), time, record);
  followPods(cluster.store, time);
  const faults = faultsOf(outages, hour);
  const functions = createSimulatedFunctions({
    cluster,
    time,
    random: createRandom(1, 'functions'),
    faults,
    policy: aPolicy(),
    skew: 0,
    isTrusted: () => true,
    sessionWorld,
    onSession: (fact) => {
      const seconds = Math.ceil((fact.expiresAt.getTime() - time.now().getTime()) / SECOND);
      sessions.push({ ...fact, hour: hour(), seconds });
      record(fact);
    },
    onPass: ({ pass }, outcomes) => {
      if (pass === PASS.refresh) lastOutcomes = outcomes;
    },
    onCrash: (error) => crashes.push(error),
  });
  recordOutages(outages, time, record);
  createObjects(cluster, input.roleSessionDuration);
  every(time, REFRESH_PERIOD_MS, 0, () => {
    if (!faults.has('schedules-lost')) functions.refresh({ pass: PASS.refresh });
  });
  every(time, SWEEP_PERIOD_MS, MINUTE, () => {
    if (!faults.has('schedules-lost')) functions.sweep({ pass: PASS.sweep });
  });
  const expired = new Set<string>();
  for (let elapsed = MINUTE; elapsed < input.hours * HOUR; elapsed += REFRESH_PERIOD_MS) {
    await time.runUntil(elapsed);
    checker.checkDeadlines(time.now());
    if (elapsed < HOUR) continue;
    for (const name of expiredAt(time.now(), cluster, sessions)) expired.add(name);
  }
  return {
    expired: [...expired].toSorted(),
    violations: checker.violations,
    crashes,
    sessionsOf: (role) => sessions.filter(({ roleArn }) => roleArn === BASE_ROLE_ARN + role),
    lastOutcomes,
  };
}

function roleNumberOf(roleArn: string): number {
  return Number(roleArn.slice(roleArn.lastIndexOf('-') + 1));
}

function faultsOf(outages: LongOutages['outages'], hour: () => number): ActiveFaults {
  const isActive = ({ from, hours }: Outage) => hour() >= from && hour() < from + hours;
  const fails = ({ of }: Outage, kind: FaultKind) =>
    (OUTAGES[of] as readonly FaultKind[]).includes(kind);
  return {
    has: (kind) => outages.some((outage) => fails(outage, kind) && isActive(outage)),
    count: outages.length,
  };
}

const AFFECTED = {
  STS: 'sts',
  'the API server': 'api',
  Lambda: 'functions',
  everything: 'sts',
} as const;

/** Tells the checker about the outages. */
function recordOutages(
  outages: LongOutages['outages'],
  time: VirtualTime,
  record: (fact: Fact) => void,
): void {
  for (const { of, from, hours } of outages) {
    const affected = AFFECTED[of];
    time.after(from * HOUR, () => record({ kind: 'fault', affected, phase: 'begins' }));
    time.after((from + hours) * HOUR, () => record({ kind: 'fault', affected, phase: 'ends' }));
  }
}

function createObjects(cluster: SimulatedCluster, roleSessionDuration: number | undefined): void {
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
  for (const namespace of NAMESPACES) {
    cluster.asAdmin('POST', '/api/v1/namespaces', { metadata: { name: namespace, annotations } });
    for (let i = 0; i < ROLES_PER_NAMESPACE; i += 1) {
      createPod(cluster, namespace, `aws-iam-app-${i}`);
    }
  }
  if (roleSessionDuration === undefined) return;
  const spec = { roleReference: 'resource-role', roleSessionDuration };
  const metadata = { name: 'resource' };
  cluster.asAdmin('POST', awsIamRoles('shop'), { ...HEADER, metadata, spec });
  createPod(cluster, 'shop', 'resource');
}

const POD_PREFIX = 'uses-';

function createPod(cluster: SimulatedCluster, namespace: string, secretName: string): void {
  const volumeMounts = [{ name: 'v', mountPath: '/m' }];
  cluster.asAdmin('POST', `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name: POD_PREFIX + secretName },
    spec: {
      containers: [{ name: 'c', image: 'app', volumeMounts }],
      volumes: [{ name: 'v', secret: { secretName } }],
    },
  });
}

/** The pods' Secrets without valid credentials, as the sessions say, not their annotations. */
function expiredAt(
  now: Date,
  { store }: SimulatedCluster,
  sessions: readonly IssuedSession[],
): readonly string[] {
  return store.snapshot('pods').objects.flatMap(({ metadata }) => {
    const namespace = metadata.namespace ?? '';
    const name = metadata.name.slice(POD_PREFIX.length);
    const secret = store.get('secrets', namespace, name) as
      | { readonly data?: Readonly<Record<string, string>> }
      | undefined;
    const file = Buffer.from(secret?.data?.['credentials'] ?? '', 'base64').toString();
    const session = sessions.findLast(({ accessKeyId }) => file.includes(accessKeyId));
    return session !== undefined && session.expiresAt > now ? [] : [`${namespace}/${name}`];
  });
}

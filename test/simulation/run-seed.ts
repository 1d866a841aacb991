import { MAX_SESSION_SECONDS } from '../../contract/limits.ts';
import { PASS } from '../../contract/pass.ts';
import type { ItemOutcome } from '../../lambda/act/item-outcome.ts';
import type { RolePolicy } from '../../lambda/decide/guard.ts';
import type { PassReport } from '../../lambda/report/pass-report.ts';
import type { CallFact, PassFact, Violation } from '../invariants/facts.ts';
import { createInvariantChecker } from '../invariants/invariant-checker.ts';
import { startHistory } from './history.ts';
import { clusterParts, createSimulatedCluster } from './world/cluster.ts';
import { createEventBus } from './world/event-bus.ts';
import { NO_FAULTS, startFaultInjection } from './world/fault-injection.ts';
import { startForwarder } from './world/forwarder.ts';
import { createSimulatedFunctions } from './world/functions.ts';
import { startHostileTenant } from './world/hostility/hostile-tenant.ts';
import { HOSTILE_NAMESPACE, MISSING_ROLE_PREFIX } from './world/hostility/tenant.ts';
import { followPods } from './world/kubelet.ts';
import { createRandom } from './world/random.ts';
import { startRoleDenials } from './world/role-denials.ts';
import { startScheduler } from './world/scheduler.ts';
import { createLongSessions, USUAL_SESSIONS } from './world/session-settings.ts';
import { createVirtualTime, DAY, HOUR, MINUTE, SECOND } from './world/virtual-time.ts';
import { createWorkloadProfile, startWorkload } from './world/workload.ts';

/** What to simulate. */
export interface SeedInput {
  readonly seed: number;
  readonly days: number;
  /** Whether one tenant may be hostile. @default true */
  readonly hasHostility?: boolean;
  /** Whether sessions last for twelve hours, and outages for up to eleven. @default false */
  readonly hasLongSessions?: boolean;
}

/** The result of a simulation. */
export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The last facts, as text. */
  readonly lastFacts: readonly string[];
  /** A hash of all facts, equal for equal seeds. */
  readonly digest: string;
  readonly counts: Counts;
  /** How long requests waited for their first credentials while nothing was at fault, in ms; not those of a hostile tenant. */
  readonly latenesses: readonly number[];
  /** The most requests in a minute. */
  readonly peaks: Readonly<Record<'api' | 'sts', number>>;
}

const COUNTED = [
  'pods',
  'awsIamRoles',
  'tamperings',
  'attacks',
  'faults',
  'invocations',
  'killed',
  'failed',
  'sessions',
  'created',
  'renewed',
  'removed',
] as const;

/** Numbers of what happened. */
export type Counts = Readonly<Record<(typeof COUNTED)[number], number>>;

/** Adds up the counts of several simulations. */
export function sumOf(all: readonly Counts[]): Counts {
  const sums = COUNTED.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0)]);
  return Object.fromEntries(sums);
}

const BASE_ROLE_ARN = 'arn:aws:iam::123456789012:role/';
const POLICY: RolePolicy = {
  baseRoleArn: BASE_ROLE_ARN,
  assumableRoles: [`${BASE_ROLE_ARN}role-*`, `${BASE_ROLE_ARN}team/*`],
  deniedRoles: [`${BASE_ROLE_ARN}role-denied`],
  namespaceRestrictions: 'required',
  allowedRolesFormat: 'glob',
};
const isForbidden = (roleArn: string) => !/:role\/(?:role-\d+|team\/Role-1)$/.test(roleArn);

/** Time without faults at the end, after the longest session: the grace period, and some passes. */
const CALM_AFTER_SESSION_MS = HOUR;

/** Maximum clock skew. AWS rejects requests with more. */
const MAX_SKEW_MS = 299 * SECOND;

const START = new Date('2026-11-24T00:00:00Z');

let parts: ReturnType<typeof clusterParts> | undefined;

/**
 * Simulates a seed. If nobody tampers with Secrets, it simulates the seed again without faults and compares the end states. The
 * effect of tampering depends on the state, so these end states may differ.
 */
export async function runSeed(input: SeedInput): Promise<SeedResult> {
  const faulty = await simulate(input, true);
  const { result } = faulty;
  if (result.violations.length > 0 || result.counts.tamperings > 0) return result;
  const calm = await simulate(input, false);
  const violations = [
    ...calm.result.violations,
    ...differencesOf(calm.endState, faulty.endState).map((difference) => ({
      invariant: 'wrong-end-state' as const,
      at: faulty.endedAt,
      object: difference,
      explanation: 'the end state differs from that without faults',
    })),
  ];
  return { ...result, violations };
}

/** Simulates a seed once. */
async function simulate(
  { seed, days, hasHostility = true, hasLongSessions = false }: SeedInput,
  hasFaults: boolean,
) {
  parts ??= clusterParts();
  const time = createVirtualTime(START);
  const end = days * DAY;
  const longestMs = hasLongSessions ? MAX_SESSION_SECONDS * SECOND : HOUR;
  const until = Math.max(0, end - longestMs - CALM_AFTER_SESSION_MS);
  const randomFor = (purpose: string) => createRandom(seed, purpose);
  const profile = createWorkloadProfile(randomFor('habits'));
  const roles = profile.roles.map((role) => BASE_ROLE_ARN + role);
  const sessionWorld = hasLongSessions
    ? createLongSessions(time, randomFor('sessions'), { roles, until })
    : USUAL_SESSIONS;
  const history = startHistory(time);
  // The world without faults has no hostile tenant either: it must make no difference to the others.
  const isAttacked = hasFaults && hasHostility && randomFor('hostility').chance(0.4);
  const checker = createInvariantChecker({
    baseRoleArn: BASE_ROLE_ARN,
    isForbidden,
    sessions: sessionWorld,
    hostileNamespace: isAttacked ? HOSTILE_NAMESPACE : undefined,
  });
  const crashes: Violation[] = [];
  const totals = { sessions: 0, created: 0, renewed: 0, removed: 0 };
  let isBraked = false;

  const record: ReturnType<typeof startHistory>['add'] = (fact) => {
    history.add(fact);
    checker.record(time.now(), fact);
  };
  const onPass = (report: PassReport, outcomes: readonly ItemOutcome[]): void => {
    const { pass, counts, brake, failedForOperator, overdueForOperator } = report;
    totals.created += counts.created;
    totals.renewed += counts.renewed;
    totals.removed += counts.removed;
    if (pass === PASS.sweep) isBraked = brake !== undefined;
    if (pass !== PASS.check) recordPass(pass, outcomes, failedForOperator + overdueForOperator);
  };
  const recordPass = (
    pass: PassFact['pass'],
    outcomes: readonly ItemOutcome[],
    operatorProblems: number,
  ): void => checker.record(time.now(), { kind: 'pass', pass, operatorProblems, outcomes });
  const peaks = { api: 0, sts: 0 };
  let calls = { minute: 0, api: 0, sts: 0 };
  const onCall = (call: CallFact['call'], namespace: string | undefined): void => {
    const service = call === 'api' ? 'api' : 'sts';
    const minute = Math.floor(time.elapsed / MINUTE);
    if (calls.minute !== minute) calls = { minute, api: 0, sts: 0 };
    calls[service] += 1;
    peaks[service] = Math.max(peaks[service], calls[service]);
    checker.record(time.now(), { kind: 'call', call, namespace });
  };
  const onCrash = (error: unknown): void => {
    const explanation = error instanceof Error ? (error.stack ?? error.message) : String(error);
    crashes.push({ invariant: 'crashed', at: time.now(), object: 'a pass', explanation });
  };

  const cluster = createSimulatedCluster(await parts, time, record);
  const faults = hasFaults
    ? startFaultInjection({
        time,
        random: randomFor('troubles'),
        until,
        hasLongOutages: hasLongSessions,
        onOutage: (affected, phase) => record({ kind: 'fault', affected, phase }),
      })
    : NO_FAULTS;
  const denied = new Set<string>();
  if (hasFaults) {
    startRoleDenials({ time, roles, random: randomFor('denials'), denied, record, until });
  }
  const functions = createSimulatedFunctions({
    cluster,
    time,
    random: randomFor('functions'),
    faults,
    policy: POLICY,
    skew: hasFaults ? randomFor('skew').int(-MAX_SKEW_MS, MAX_SKEW_MS) : 0,
    // Forbidden roles trust the refresher too: only the guard refuses them.
    isTrusted: (roleArn) =>
      !denied.has(roleArn) && !roleArn.startsWith(BASE_ROLE_ARN + MISSING_ROLE_PREFIX),
    sessionWorld,
    onSession: (fact) => {
      totals.sessions += 1;
      record(fact);
    },
    onPass,
    onPodEvent: (outcomes) => recordPass('event', outcomes, 0),
    onCall,
    onCrash,
  });
  followPods(cluster.store, time);
  const bus = createEventBus({
    time,
    random: randomFor('bus'),
    faults,
    deliver: (wanted) => functions.events({ wanted }),
  });
  startForwarder({ store: cluster.store, time, random: randomFor('forwarder'), bus });
  const workload = startWorkload(profile, { cluster, time, randomFor, until, longestMs });
  const { namespaces } = profile;
  const hostility = isAttacked
    ? startHostileTenant({
        cluster,
        time,
        random: randomFor('attacks'),
        bus,
        namespaces,
        roles: profile.roles,
        until,
      })
    : { attacks: 0 };
  const random = randomFor('scheduler');
  startScheduler({ time, random, faults, functions, isBraked: () => isBraked });

  const hasNoViolation = () => checker.violations.length === 0 && crashes.length === 0;
  for (let minute = 0; minute * MINUTE < end && hasNoViolation(); minute += 1) {
    await time.runUntil(minute * MINUTE + 30 * SECOND);
    checker.checkDeadlines(time.now());
  }
  if (hasNoViolation()) checker.checkEndState(time.now());
  const result: SeedResult = {
    seed,
    violations: [...checker.violations, ...crashes],
    lastFacts: history.last,
    digest: history.digest(),
    counts: { ...workload, ...hostility, ...functions.counts, ...totals, faults: faults.count },
    latenesses: checker.latenesses,
    peaks,
  };
  return { result, endState: checker.endState(), endedAt: time.now() };
}

function differencesOf(calm: readonly string[], faulty: readonly string[]): readonly string[] {
  return [
    ...calm.filter((one) => !faulty.includes(one)).map((one) => `missing: ${one}`),
    ...faulty.filter((one) => !calm.includes(one)).map((one) => `surplus: ${one}`),
  ];
}

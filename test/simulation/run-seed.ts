import { createHash } from 'node:crypto';
import { PASS } from '../../lambda/contract/pass.ts';
import type { RolePolicy } from '../../lambda/decide/guard.ts';
import type { RunReport } from '../../lambda/report/run-report.ts';
import type { Fact, Violation } from '../invariants/facts.ts';
import { createJudge } from '../invariants/judge.ts';
import { clusterParts, createSimulatedCluster } from './cluster.ts';
import { startForwarder } from './forwarder.ts';
import { CLUSTER_NAME, createSimulatedFunctions, type SimulatedFunctions } from './functions.ts';
import { followPods } from './kubelet.ts';
import { habitsOf, startPeople } from './people.ts';
import { createRandom } from './random.ts';
import { CALM, startTroubles } from './trouble.ts';
import { createVirtualTime, DAY, HOUR, MINUTE, SECOND, type VirtualTime } from './virtual-time.ts';

/** What to simulate. */
export interface SeedInput {
  readonly seed: number;
  readonly days: number;
}

/** What came of it. */
export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What happened last before the first violation. */
  readonly lastFacts: readonly string[];
  /** A hash over all that happened: the same for the same seed. */
  readonly digest: string;
  readonly counts: Counts;
}

/** How much happened. */
export type Counts = Readonly<
  Record<
    | 'pods'
    | 'resources'
    | 'tamperings'
    | 'troubles'
    | 'runs'
    | 'killed'
    | 'failed'
    | 'sessions'
    | 'created'
    | 'renewed'
    | 'removed',
    number
  >
>;

const BASE_ROLE_ARN = 'arn:aws:iam::123456789012:role/';
const POLICY: RolePolicy = {
  baseRoleArn: BASE_ROLE_ARN,
  assumableRoles: [`${BASE_ROLE_ARN}role-*`, `${BASE_ROLE_ARN}team/*`],
  deniedRoles: [`${BASE_ROLE_ARN}role-denied`],
  namespaceRestrictions: 'required',
  allowedRolesFormat: 'glob',
};
const isForbidden = (roleArn: string) => !/:role\/(?:role-\d+|team\/Role-1)$/.test(roleArn);

/** How long everything is quiet at the end: longer than sessions last, and than the grace of an unused Secret. */
const CALM_HOURS = 2.5;

/** The clocks of functions, AWS and cluster may be so far apart, in milliseconds: AWS refuses more. */
const LARGEST_SKEW = 299 * SECOND;

const START = new Date('2026-11-24T00:00:00Z');
const KEPT_FACTS = 30;

let parts: ReturnType<typeof clusterParts> | undefined;

/**
 * Simulates a seed; where nobody tampers with Secrets, whose effect depends on what is there, a second time without troubles, to compare how
 * the two end.
 */
export async function runSeed(input: SeedInput): Promise<SeedResult> {
  const { seed } = input;
  const stormy = await simulate(input, true);
  if (stormy.hasTamperings || stormy.violations.length > 0) return stormy.result;
  const calm = await simulate(input, false);
  const differences = differencesOf(calm.endState, stormy.endState);
  const violations: readonly Violation[] = [
    ...calm.violations,
    ...differences.map((difference) => ({
      invariant: 'not-finished' as const,
      at: stormy.endedAt,
      object: difference,
      explanation: 'without troubles it would have ended otherwise',
    })),
  ];
  return violations.length === 0 ? stormy.result : { ...stormy.result, seed, violations };
}

async function simulate({ seed, days }: SeedInput, isStormy: boolean) {
  parts ??= clusterParts();
  const time = createVirtualTime(START);
  const end = days * DAY;
  const calmFrom = end - CALM_HOURS * HOUR;
  const randomFor = (purpose: string) => createRandom(seed, purpose);
  const habits = habitsOf(randomFor('habits'));
  const digest = createHash('sha256');
  const facts: string[] = [];
  const totals = { sessions: 0, created: 0, renewed: 0, removed: 0 };
  const denied = new Set<string>();
  const isTrusted = (roleArn: string) => !isForbidden(roleArn) && !denied.has(roleArn);
  const judge = createJudge({
    baseRoleArn: BASE_ROLE_ARN,
    clusterName: CLUSTER_NAME,
    isGivable: (roleArn) => !isForbidden(roleArn),
    isForbidden,
  });
  const see = (fact: Fact): void => {
    const text = `${time.now().toISOString()} ${describe(fact)}`;
    digest.update(text);
    if (judge.violations.length === 0) {
      facts.push(text);
      if (facts.length > 2 * KEPT_FACTS) facts.splice(0, KEPT_FACTS);
    }
    judge.see(time.now(), fact);
  };

  const cluster = createSimulatedCluster(await parts, time, see);
  const troubles = isStormy
    ? startTroubles({
        time,
        random: randomFor('troubles'),
        until: calmFrom,
        onOutage: (service, phase) => see({ kind: 'trouble', with: service, phase }),
      })
    : CALM;
  const random = randomFor('functions');
  let isBraked = false;
  const functions = createSimulatedFunctions({
    cluster,
    time,
    random,
    troubles,
    policy: POLICY,
    skew: isStormy ? randomFor('skew').int(-LARGEST_SKEW, LARGEST_SKEW) : 0,
    isTrusted,
    onSession: (fact) => {
      totals.sessions += 1;
      see(fact);
    },
    onReport: (report) => {
      totals.created += report.counts.created;
      totals.renewed += report.counts.renewed;
      totals.removed += report.counts.removed;
      if (report.pass === PASS.sweep) isBraked = isBrakedBy(report);
    },
    onCrash: (error) => {
      crashes.push({
        invariant: 'crashed',
        at: time.now(),
        object: 'a run',
        explanation: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    },
  });
  const crashes: Violation[] = [];
  followPods(cluster.store, time);
  startForwarder({
    store: cluster.store,
    time,
    random: randomFor('forwarder'),
    troubles,
    deliver: (wanted) => functions.refresh({ wanted }),
  });
  const people = startPeople(habits, { cluster, time, randomFor, until: calmFrom });
  if (isStormy)
    denyRolesNowAndThen({
      time,
      habits,
      random: randomFor('denials'),
      denied,
      see,
      troubles,
      until: calmFrom,
    });
  startScheduler({
    time,
    random: randomFor('scheduler'),
    troubles,
    functions,
    isBraked: () => isBraked,
  });

  const violations = () => [...judge.violations, ...crashes];
  for (let minute = 0; minute * MINUTE < end && violations().length === 0; minute += 1) {
    await time.runUntil(minute * MINUTE + 30 * SECOND);
    judge.clockMovedTo(time.now());
  }
  if (violations().length === 0) judge.finish(time.now());
  const result: SeedResult = {
    seed,
    violations: violations(),
    lastFacts: facts.slice(-KEPT_FACTS),
    digest: digest.digest('hex').slice(0, 16),
    counts: { ...people, ...functions.counts, ...totals, troubles: troubles.count },
  };
  return {
    result,
    violations: result.violations,
    endState: judge.endState(),
    endedAt: time.now(),
    hasTamperings: people.tamperings > 0,
  };
}

function isBrakedBy({ brake }: RunReport): boolean {
  return brake !== undefined;
}

interface SchedulerDeps {
  readonly time: VirtualTime;
  readonly random: ReturnType<typeof createRandom>;
  readonly troubles: typeof CALM;
  readonly functions: SimulatedFunctions;
  /** Whether the last sweep waits for a person. */
  readonly isBraked: () => boolean;
}

/** The schedules of the stack, and a person who answers the alarm of a sweep that waits. */
function startScheduler({ time, random, troubles, functions, isBraked }: SchedulerDeps): void {
  const every = (period: number, offset: number, invoke: () => void) => {
    const next = () =>
      time.after(period, () => {
        next();
        if (troubles.is('ticks-lost')) return;
        const delay = troubles.is('ticks-late')
          ? random.int(0, 50 * SECOND)
          : random.int(0, SECOND);
        time.after(delay, invoke);
        if (troubles.is('ticks-doubled') && random.chance(0.5)) {
          time.after(random.int(0, 2 * SECOND), invoke);
        }
      });
    time.after(offset, next);
  };
  every(MINUTE, 0, () => functions.refresh({ pass: PASS.refresh }));
  every(10 * MINUTE, 30 * SECOND, () => {
    if (!troubles.is('sweeps-lost')) functions.sweep({ pass: PASS.sweep });
  });
  every(30 * MINUTE, 45 * SECOND, () => {
    if (isBraked()) functions.sweep({ pass: PASS.sweep, confirm: true });
  });
}

interface DenialDeps {
  readonly time: VirtualTime;
  readonly habits: ReturnType<typeof habitsOf>;
  readonly random: ReturnType<typeof createRandom>;
  readonly denied: Set<string>;
  readonly see: (fact: Fact) => void;
  readonly troubles: typeof CALM;
  readonly until: number;
}

/** Trust policies that break, and are mended. */
function denyRolesNowAndThen({ time, habits, random, denied, see, until }: DenialDeps): void {
  const next = () =>
    time.after(random.wait(4 * HOUR), () => {
      const length = random.wait(40 * MINUTE);
      if (time.elapsed + length >= until) return;
      next();
      const roleArn = BASE_ROLE_ARN + random.pick(habits.roles);
      if (denied.has(roleArn)) return;
      denied.add(roleArn);
      see({ kind: 'trouble', with: { roleArn }, phase: 'begins' });
      time.after(length, () => {
        denied.delete(roleArn);
        see({ kind: 'trouble', with: { roleArn }, phase: 'ends' });
      });
    });
  next();
}

function describe(fact: Fact): string {
  if (fact.kind === 'change') {
    const { namespace = '', name, labels, annotations } = fact.object.metadata;
    const about = fact.collection === 'secrets' ? JSON.stringify([labels, annotations]) : '';
    const { phase = '' } = (fact.object as { status?: { phase?: string } }).status ?? {};
    return `${fact.by} ${fact.type} ${fact.collection} ${namespace}/${name} ${phase}${about}`;
  }
  if (fact.kind === 'session') {
    return `session ${fact.sessionName} ${fact.roleArn} until ${fact.expiresAt.toISOString()}`;
  }
  const about = typeof fact.with === 'string' ? fact.with : fact.with.roleArn;
  return `trouble with ${about} ${fact.phase}`;
}

function differencesOf(calm: readonly string[], stormy: readonly string[]): readonly string[] {
  return [
    ...calm.filter((one) => !stormy.includes(one)).map((one) => `missing: ${one}`),
    ...stormy.filter((one) => !calm.includes(one)).map((one) => `surplus: ${one}`),
  ];
}

import { PASS } from '../../contract/pass.ts';
import type { RolePolicy } from '../../lambda/decide/guard.ts';
import type { PassReport } from '../../lambda/report/pass-report.ts';
import type { Fact, Violation } from '../invariants/facts.ts';
import { createJudge } from '../invariants/judge.ts';
import { startChronicle } from './chronicle.ts';
import { clusterParts, createSimulatedCluster } from './cluster.ts';
import { startDenials } from './denials.ts';
import { startForwarder } from './forwarder.ts';
import { createSimulatedFunctions } from './functions.ts';
import { followPods } from './kubelet.ts';
import { habitsOf, startPeople } from './people.ts';
import { createRandom } from './random.ts';
import { startScheduler } from './scheduler.ts';
import { CALM, startTroubles } from './trouble.ts';
import { createVirtualTime, DAY, HOUR, MINUTE, SECOND } from './virtual-time.ts';

/** What to simulate. */
export interface SeedInput {
  readonly seed: number;
  readonly days: number;
}

/** What came of it. */
export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What happened last. */
  readonly lastFacts: readonly string[];
  /** A hash over all that happened: the same for the same seed. */
  readonly digest: string;
  readonly counts: Counts;
}

const COUNTED = [
  'pods',
  'resources',
  'tamperings',
  'troubles',
  'runs',
  'killed',
  'failed',
  'sessions',
  'created',
  'renewed',
  'removed',
] as const;

/** How much happened. */
export type Counts = Readonly<Record<(typeof COUNTED)[number], number>>;

/** The sum of what happened in several. */
export function sumOf(all: readonly Counts[]): Counts {
  const sums = COUNTED.map((what) => [what, all.reduce((sum, one) => sum + one[what], 0)]);
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

/** How long everything is quiet at the end: longer than sessions last, and than the grace of an unused Secret. */
const CALM_END = 2 * HOUR;

/** The clocks of functions, AWS and cluster may be so far apart, in milliseconds: AWS refuses more. */
const LARGEST_SKEW = 299 * SECOND;

const START = new Date('2026-11-24T00:00:00Z');

let parts: ReturnType<typeof clusterParts> | undefined;

/**
 * Simulates a seed; where nobody tampers with Secrets, whose effect depends on what is there, a second time without
 * troubles, to compare how the two end.
 */
export async function runSeed(input: SeedInput): Promise<SeedResult> {
  const stormy = await simulate(input, true);
  const { result } = stormy;
  if (result.violations.length > 0 || result.counts.tamperings > 0) return result;
  const calm = await simulate(input, false);
  const violations = [
    ...calm.result.violations,
    ...differencesOf(calm.endState, stormy.endState).map((difference) => ({
      invariant: 'not-finished' as const,
      at: stormy.endedAt,
      object: difference,
      explanation: 'without troubles it would have ended otherwise',
    })),
  ];
  return { ...result, violations };
}

/** Simulates a seed once. */
async function simulate({ seed, days }: SeedInput, isStormy: boolean) {
  parts ??= clusterParts();
  const time = createVirtualTime(START);
  const end = days * DAY;
  const until = Math.max(0, end - CALM_END);
  const randomFor = (purpose: string) => createRandom(seed, purpose);
  const habits = habitsOf(randomFor('habits'));
  const chronicle = startChronicle(time);
  const judge = createJudge({ baseRoleArn: BASE_ROLE_ARN, isForbidden });
  const crashes: Violation[] = [];
  const totals = { sessions: 0, created: 0, renewed: 0, removed: 0 };
  let isBraked = false;

  const see = (fact: Fact): void => {
    chronicle.note(fact);
    judge.see(time.now(), fact);
  };
  const onReport = ({ pass, counts, brake }: PassReport): void => {
    totals.created += counts.created;
    totals.renewed += counts.renewed;
    totals.removed += counts.removed;
    if (pass === PASS.sweep) isBraked = brake !== undefined;
  };
  const onCrash = (error: unknown): void => {
    const explanation = error instanceof Error ? (error.stack ?? error.message) : String(error);
    crashes.push({ invariant: 'crashed', at: time.now(), object: 'a run', explanation });
  };

  const cluster = createSimulatedCluster(await parts, time, see);
  const troubles = isStormy
    ? startTroubles({
        time,
        random: randomFor('troubles'),
        until,
        onOutage: (service, phase) => see({ kind: 'trouble', with: service, phase }),
      })
    : CALM;
  const denied = new Set<string>();
  const roles = habits.roles.map((role) => BASE_ROLE_ARN + role);
  if (isStormy) startDenials({ time, roles, random: randomFor('denials'), denied, see, until });
  const functions = createSimulatedFunctions({
    cluster,
    time,
    random: randomFor('functions'),
    troubles,
    policy: POLICY,
    skew: isStormy ? randomFor('skew').int(-LARGEST_SKEW, LARGEST_SKEW) : 0,
    // Roles that pods must not have trust it too: it is the guard that keeps them from it.
    isTrusted: (roleArn) => !denied.has(roleArn),
    onSession: (fact) => {
      totals.sessions += 1;
      see(fact);
    },
    onReport,
    onCrash,
  });
  followPods(cluster.store, time);
  startForwarder({
    store: cluster.store,
    time,
    random: randomFor('forwarder'),
    troubles,
    deliver: (wanted) => functions.refresh({ wanted }),
  });
  const people = startPeople(habits, { cluster, time, randomFor, until });
  const random = randomFor('scheduler');
  startScheduler({ time, random, troubles, functions, isBraked: () => isBraked });

  const isWell = () => judge.violations.length === 0 && crashes.length === 0;
  for (let minute = 0; minute * MINUTE < end && isWell(); minute += 1) {
    await time.runUntil(minute * MINUTE + 30 * SECOND);
    judge.clockMovedTo(time.now());
  }
  if (isWell()) judge.finish(time.now());
  const result: SeedResult = {
    seed,
    violations: [...judge.violations, ...crashes],
    lastFacts: chronicle.last,
    digest: chronicle.digest(),
    counts: { ...people, ...functions.counts, ...totals, troubles: troubles.count },
  };
  return { result, endState: judge.endState(), endedAt: time.now() };
}

function differencesOf(calm: readonly string[], stormy: readonly string[]): readonly string[] {
  return [
    ...calm.filter((one) => !stormy.includes(one)).map((one) => `missing: ${one}`),
    ...stormy.filter((one) => !calm.includes(one)).map((one) => `surplus: ${one}`),
  ];
}

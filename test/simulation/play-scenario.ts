import { PASS, type PassEvent } from '../../contract/pass.ts';
import type { CredentialRequestEvent } from '../../contract/pod-event.ts';
import type { RolePolicy } from '../../lambda/decide/guard.ts';
import type { Violation } from '../invariants/facts.ts';
import { createJudge } from '../invariants/judge.ts';
import { clusterParts, createSimulatedCluster, type SimulatedCluster } from './cluster.ts';
import { createSimulatedFunctions, type SimulatedFunctions } from './functions.ts';
import { followPods } from './kubelet.ts';
import { createRandom } from './random.ts';
import { CALM } from './trouble.ts';
import { createVirtualTime, MINUTE, SECOND, type VirtualTime } from './virtual-time.ts';
import { whatIsTold } from './what-is-told.ts';
import type { Death } from './wire.ts';

/** A story of a cluster, and the one run in it that everything is tried on. */
export interface Scenario {
  /** Has people do what they do, each at its time. */
  readonly people: (story: Story) => void;
  /** The run that is tried. It takes the place of whatever the schedules would begin in that minute. */
  readonly run: { readonly at: number; readonly event: PassEvent | CredentialRequestEvent };
}

/** What people in a story have. */
export interface Story {
  readonly cluster: SimulatedCluster;
  /** Has something happen at that time, in milliseconds since the beginning. */
  readonly at: (elapsed: number, happen: () => void) => void;
}

/** What disturbs the run. */
export interface Disturbance {
  /** Where the run dies. */
  readonly death?: Death;
  /** What somebody does when the call of that number arrives at the API or STS, just before it has its effect. */
  readonly rival?: { readonly atCall: number; readonly act: Rival };
}

/** Somebody, or another run, who does something meanwhile. */
export type Rival = (world: {
  readonly cluster: SimulatedCluster;
  readonly functions: SimulatedFunctions;
}) => void;

/** How a story ended. */
export interface Ending {
  readonly violations: readonly Violation[];
  readonly endState: readonly string[];
  readonly told: readonly string[];
  /** What the run asked of the API and of STS. */
  readonly calls: readonly string[];
  readonly wasKilled: boolean;
}

const BASE_ROLE_ARN = 'arn:aws:iam::123456789012:role/';

const POLICY: RolePolicy = {
  baseRoleArn: BASE_ROLE_ARN,
  assumableRoles: [`${BASE_ROLE_ARN}*`],
  deniedRoles: [`${BASE_ROLE_ARN}admin`],
  namespaceRestrictions: 'required',
  allowedRolesFormat: 'glob',
};
const isForbidden = (roleArn: string) => roleArn === `${BASE_ROLE_ARN}admin`;
const isTrusting = (roleArn: string) => roleArn !== `${BASE_ROLE_ARN}distrustful`;

/** How long everything is calm after the run: an unused Secret is marked and removed in that time, and all are renewed. */
const CALM_AFTER = 60 * MINUTE;

const START = new Date('2026-11-24T00:00:00Z');

let parts: ReturnType<typeof clusterParts> | undefined;

/** Plays a story to its end, by the schedules of the stack, with the product's own code. */
export async function playScenario(
  scenario: Scenario,
  { death, rival }: Disturbance = {},
): Promise<Ending> {
  parts ??= clusterParts();
  const time = createVirtualTime(START);
  const judge = createJudge({
    baseRoleArn: BASE_ROLE_ARN,
    isForbidden: (roleArn) => isForbidden(roleArn) || !isTrusting(roleArn),
  });
  const crashes: Violation[] = [];
  const cluster = createSimulatedCluster(await parts, time, (fact) => judge.see(time.now(), fact));
  let isTried = false;
  const calls: string[] = [];
  const arrive = (call: string): void => {
    if (!isTried) return;
    calls.push(call);
    if (calls.length === rival?.atCall) rival.act({ cluster, functions });
  };
  const functions: SimulatedFunctions = createSimulatedFunctions({
    cluster: {
      ...cluster,
      asProduct(request) {
        arrive(`${request.method} ${request.path}`);
        return cluster.asProduct(request);
      },
    },
    time,
    random: createRandom(1, 'functions'),
    troubles: CALM,
    policy: POLICY,
    skew: 0,
    isTrusted(roleArn) {
      arrive(`AssumeRole ${roleArn}`);
      return isTrusting(roleArn);
    },
    onSession: (fact) => judge.see(time.now(), fact),
    onReport: () => {},
    onCrash: (error) => crashes.push(crashOf(error, time)),
    deathOf: () => (isTried ? death : undefined),
  });
  const at = (elapsed: number, happen: () => void) => time.after(elapsed - time.elapsed, happen);
  followPods(cluster.store, time);
  scenario.people({ cluster, at });
  const { at: triedAt, event } = scenario.run;
  const end = triedAt + CALM_AFTER;
  startSchedules(functions, { at, except: minuteOf(triedAt), end });
  // Nothing else runs for the rest of that minute, so whatever calls is the run that is tried.
  const isSweep = 'pass' in event && event.pass === PASS.sweep;
  const tellOfDeath = (phase: 'begins' | 'ends'): void => {
    if (death === undefined) return;
    judge.see(time.now(), { kind: 'trouble', with: isSweep ? 'sweeps' : 'functions', phase });
  };
  at(triedAt, () => {
    isTried = true;
    tellOfDeath('begins');
    if (isSweep) functions.sweep(event);
    else functions.refresh(event);
  });
  at((minuteOf(triedAt) + 1) * MINUTE - 1, () => {
    isTried = false;
    tellOfDeath('ends');
  });
  for (let elapsed = 30 * SECOND; elapsed < end; elapsed += MINUTE) {
    await time.runUntil(elapsed);
    judge.clockMovedTo(time.now());
  }
  judge.finish(time.now());
  return {
    violations: [...judge.violations, ...crashes],
    endState: judge.endState(),
    told: whatIsTold(cluster.store),
    calls,
    wasKilled: functions.counts.killed > 0,
  };
}

interface ScheduleInput {
  readonly at: Story['at'];
  /** The minute in which nothing begins. */
  readonly except: number;
  readonly end: number;
}

/** The schedules of the stack, to the second. */
function startSchedules(functions: SimulatedFunctions, { at, except, end }: ScheduleInput): void {
  for (let minute = 1; minute * MINUTE < end; minute += 1) {
    if (minute === except) continue;
    at(minute * MINUTE, () => functions.refresh({ pass: PASS.refresh }));
    if (minute % 10 > 0) continue;
    at((minute + 0.5) * MINUTE, () => functions.sweep({ pass: PASS.sweep }));
  }
}

function minuteOf(elapsed: number): number {
  return Math.floor(elapsed / MINUTE);
}

function crashOf(error: unknown, time: VirtualTime): Violation {
  const explanation = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { invariant: 'crashed', at: time.now(), object: 'a run', explanation };
}

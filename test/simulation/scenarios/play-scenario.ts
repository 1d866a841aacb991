import { PASS, type PassEvent } from '../../../contract/pass.ts';
import type { CredentialRequestEvent } from '../../../contract/pod-event.ts';
import type { Violation } from '../../invariants/facts.ts';
import { createInvariantChecker } from '../../invariants/invariant-checker.ts';
import { aPolicy, BASE_ROLE_ARN } from '../../support/builders/builders.ts';
import { reportedState } from '../reported-state.ts';
import { clusterParts, createSimulatedCluster, type SimulatedCluster } from '../world/cluster.ts';
import { NO_FAULTS } from '../world/fault-injection.ts';
import { createSimulatedFunctions, type SimulatedFunctions } from '../world/functions.ts';
import { followPods } from '../world/kubelet.ts';
import type { Kill } from '../world/network.ts';
import { createRandom } from '../world/random.ts';
import { createVirtualTime, MINUTE, SECOND, type VirtualTime } from '../world/virtual-time.ts';

/** A script of changes in a cluster, and one pass that can be disturbed. */
export interface Scenario {
  /** Schedules the changes of users. */
  readonly script: (context: ScenarioContext) => void;
  /** The pass to disturb. It replaces the scheduled invocations of that minute. */
  readonly pass: { readonly at: number; readonly event: PassEvent | CredentialRequestEvent };
}

/** What a script works with. */
interface ScenarioContext {
  readonly cluster: SimulatedCluster;
  /** Schedules a callback, in milliseconds since the start. */
  readonly at: (elapsed: number, callback: () => void) => void;
}

/** What disturbs the pass. */
interface Disturbance {
  /** When the process is killed. */
  readonly kill?: Kill;
  /** A concurrent action, just before call number `atCall` takes effect at the API or STS. */
  readonly interference?: { readonly atCall: number; readonly act: Interference };
}

/** A concurrent action of another client, or another pass. */
export type Interference = (targets: {
  readonly cluster: SimulatedCluster;
  readonly functions: SimulatedFunctions;
}) => void;

/** How a scenario ended. */
interface ScenarioResult {
  readonly violations: readonly Violation[];
  readonly endState: readonly string[];
  /** See {@link reportedState}. */
  readonly reported: readonly string[];
  /** The calls of the disturbed pass to the API and to STS. */
  readonly calls: readonly string[];
  readonly wasKilled: boolean;
}

const POLICY = aPolicy({ deniedRoles: [`${BASE_ROLE_ARN}admin`] });
const isForbidden = (roleArn: string) => roleArn === `${BASE_ROLE_ARN}admin`;
const isTrusted = (roleArn: string) => roleArn !== `${BASE_ROLE_ARN}distrustful`;

/** Time without disturbance after the pass: enough to mark and remove an unused Secret, and to renew all others. */
const CALM_AFTER_MS = 60 * MINUTE;

const START = new Date('2026-11-24T00:00:00Z');

let parts: ReturnType<typeof clusterParts> | undefined;

/** Plays a scenario to its end, with the schedules of the stack and the product's own code. */
export async function playScenario(
  scenario: Scenario,
  { kill, interference }: Disturbance = {},
): Promise<ScenarioResult> {
  parts ??= clusterParts();
  const time = createVirtualTime(START);
  const checker = createInvariantChecker({
    baseRoleArn: BASE_ROLE_ARN,
    isForbidden: (roleArn) => isForbidden(roleArn) || !isTrusted(roleArn),
  });
  const crashes: Violation[] = [];
  const cluster = createSimulatedCluster(await parts, time, (fact) =>
    checker.record(time.now(), fact),
  );
  let isDisturbed = false;
  const calls: string[] = [];
  const recordCall = (call: string): void => {
    if (!isDisturbed) return;
    calls.push(call);
    if (calls.length === interference?.atCall) interference.act({ cluster, functions });
  };
  const functions: SimulatedFunctions = createSimulatedFunctions({
    cluster: {
      ...cluster,
      asProduct(request) {
        recordCall(`${request.method} ${request.path}`);
        return cluster.asProduct(request);
      },
    },
    time,
    random: createRandom(1, 'functions'),
    faults: NO_FAULTS,
    policy: POLICY,
    skew: 0,
    isTrusted(roleArn) {
      recordCall(`AssumeRole ${roleArn}`);
      return isTrusted(roleArn);
    },
    onSession: (fact) => checker.record(time.now(), fact),
    onPass() {},
    onCrash: (error) => crashes.push(crashOf(error, time)),
    nextKill: () => (isDisturbed ? kill : undefined),
  });
  const at: ScenarioContext['at'] = (elapsed, callback) =>
    time.after(elapsed - time.elapsed, callback);
  followPods(cluster.store, time);
  scenario.script({ cluster, at });
  const { at: passAt, event } = scenario.pass;
  const end = passAt + CALM_AFTER_MS;
  startSchedules(functions, { at, except: minuteOf(passAt), end });
  // Nothing else runs in that minute, so all calls are those of the disturbed pass.
  const isSweep = 'pass' in event && event.pass === PASS.sweep;
  const recordKill = (phase: 'begins' | 'ends'): void => {
    if (kill === undefined) return;
    checker.record(time.now(), {
      kind: 'fault',
      affected: isSweep ? 'sweeps' : 'functions',
      phase,
    });
  };
  at(passAt, () => {
    isDisturbed = true;
    recordKill('begins');
    if ('wanted' in event) functions.events(event);
    else if (isSweep) functions.sweep(event);
    else functions.refresh(event);
  });
  at((minuteOf(passAt) + 1) * MINUTE - 1, () => {
    isDisturbed = false;
    recordKill('ends');
  });
  for (let elapsed = 30 * SECOND; elapsed < end; elapsed += MINUTE) {
    await time.runUntil(elapsed);
    checker.checkDeadlines(time.now());
  }
  checker.checkEndState(time.now());
  return {
    violations: [...checker.violations, ...crashes],
    endState: checker.endState(),
    reported: reportedState(cluster.store),
    calls,
    wasKilled: functions.counts.killed > 0,
  };
}

interface ScheduleInput {
  readonly at: ScenarioContext['at'];
  /** The minute without scheduled invocations. */
  readonly except: number;
  readonly end: number;
}

/** Schedules the invocations as the stack does, without delays. */
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
  return { invariant: 'crashed', at: time.now(), object: 'a pass', explanation };
}

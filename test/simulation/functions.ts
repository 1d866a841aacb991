import { RefresherError } from '../../contract/errors.ts';
import { PASS, type PassEvent } from '../../contract/pass.ts';
import type { CredentialRequestEvent } from '../../contract/pod-event.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { createBackOff } from '../../lambda/act/back-off.ts';
import { createSecretApi } from '../../lambda/act/secrets/typed-secret-api.ts';
import { createAssumeRole } from '../../lambda/act/sessions/assume-role.ts';
import type { RolePolicy } from '../../lambda/decide/guard.ts';
import type { HandlerDeps } from '../../lambda/handler-deps.ts';
import { findSecret } from '../../lambda/observe/managed-secrets.ts';
import { observeCluster, createRequestObserver } from '../../lambda/observe/observe-cluster.ts';
import { listPods } from '../../lambda/observe/pods.ts';
import { createEventReporter } from '../../lambda/report/events/event-reporter.ts';
import type { PassReport } from '../../lambda/report/pass-report.ts';
import { createStatusWriter } from '../../lambda/report/statuses/status-writer.ts';
import { type PassSignals, runPass } from '../../lambda/run-pass.ts';
import { runPodEvent } from '../../lambda/run-pod-event.ts';
import type { SessionFact } from '../invariants/facts.ts';
import type { SimulatedCluster } from './cluster.ts';
import { simulatedConnection } from './connection.ts';
import type { Random } from './random.ts';
import { simulatedSts } from './sts.ts';
import type { Troubles } from './trouble.ts';
import { MINUTE, SECOND, type VirtualTime } from './virtual-time.ts';
import { createWire, type Death, type Wire } from './wire.ts';

export const CLUSTER_NAME = 'simulated';

/** The settings that the stack would be deployed with. */
const REFRESH_BEFORE_SECONDS = 1_800;
const EVERYWHERE = { only: [], except: [] };

/** Lambda ends a run then; the run itself stops acting before, and looking at half of that. */
const TIMEOUT = MINUTE;
const ACTING = TIMEOUT - 3 * SECOND;
const OBSERVING = ACTING / 2;

/** The two functions, as Lambda runs them. */
export interface SimulatedFunctions {
  refresh(event: PassEvent | CredentialRequestEvent): void;
  sweep(event: PassEvent): void;
  readonly counts: { readonly runs: number; readonly killed: number; readonly failed: number };
}

export interface FunctionsDeps {
  readonly cluster: SimulatedCluster;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly troubles: Troubles;
  readonly policy: RolePolicy;
  /** How far the functions' clock is ahead of AWS's and the cluster's, in milliseconds. */
  readonly skew: number;
  readonly isTrusted: (roleArn: string) => boolean;
  readonly onSession: (fact: SessionFact) => void;
  readonly onReport: (report: PassReport) => void;
  /** Told of an error that is none of the product's own. */
  readonly onCrash: (error: unknown) => void;
  /** When the next run dies; a run in ten minutes of such trouble by default. */
  readonly deathOf?: () => Death | undefined;
}

/** What a container keeps from one run to the next. */
interface Container {
  readonly deps: HandlerDeps;
  /** The wire of the run that it is in. */
  wire: Wire | undefined;
}

/** Functions without a container: the first run of each is a cold start. */
export function createSimulatedFunctions(deps: FunctionsDeps): SimulatedFunctions {
  const { time, random, troubles } = deps;
  const idle = { refresh: [] as Container[], sweep: [] as Container[] };
  const counts = { runs: 0, killed: 0, failed: 0 };
  let sessions = 0;
  const nextNumber = () => ++sessions;

  const deathOf = (): Death | undefined =>
    troubles.is('runs-killed') && random.chance(0.3)
      ? { atCall: random.int(1, random.pick([4, 8, 40])), when: random.pick(['before', 'after']) }
      : undefined;

  function take(pass: 'refresh' | 'sweep'): Container {
    if (troubles.is('containers-retired') && random.chance(0.2)) idle[pass] = [];
    return idle[pass].pop() ?? createContainer(deps, nextNumber);
  }

  function run(pass: 'refresh' | 'sweep', event: PassEvent | CredentialRequestEvent): void {
    counts.runs += 1;
    const container = take(pass);
    const wire = createWire(time, (deps.deathOf ?? deathOf)());
    container.wire = wire;
    const [observing, acting] = [new AbortController(), new AbortController()];
    let isOver = false;
    const endAfter = (milliseconds: number, controller: AbortController) =>
      time.after(milliseconds, () => {
        if (!isOver) controller.abort(new DOMException('the time is over', 'TimeoutError'));
      });
    endAfter(OBSERVING, observing);
    endAfter(ACTING, acting);
    time.after(TIMEOUT, () => {
      if (isOver) return;
      if (!wire.isDead) deps.onCrash(new Error(`a run of ${pass} outlasted its time`));
      wire.die();
      counts.killed += 1;
    });
    invoke(container, pass, event, { observing: observing.signal, acting: acting.signal })
      .catch((error: unknown) => {
        if (wire.isDead) return;
        counts.failed += 1;
        const isExpected = error instanceof RefresherError || acting.signal.aborted;
        if (!isExpected) deps.onCrash(error);
      })
      .finally(() => {
        // A process that is gone ends nothing; its code is still here, and the end of its time wakes it.
        if (wire.isDead) return;
        isOver = true;
        idle[pass].push(container);
      });
  }

  return {
    refresh: (event) => run('refresh', event),
    sweep: (event) => run('sweep', event),
    counts,
  };
}

function invoke(
  { deps }: Container,
  pass: 'refresh' | 'sweep',
  event: PassEvent | CredentialRequestEvent,
  time: PassSignals,
): Promise<unknown> {
  return 'wanted' in event
    ? runPodEvent(deps, event, time.acting)
    : runPass(deps, event, PASS[pass], time);
}

/** The product's parts, as lambda/handler-deps.ts puts them together, over wires that are simulated. */
function createContainer(outside: FunctionsDeps, nextNumber: () => number): Container {
  const { time, policy, skew } = outside;
  const now = () => new Date(time.now().getTime() + skew);
  const container: { deps?: HandlerDeps; wire: Wire | undefined } = { wire: undefined };
  const wire: Wire = {
    call: (milliseconds, perform, signal) => {
      if (container.wire === undefined) throw new Error('a call without a run');
      return container.wire.call(milliseconds, perform, signal);
    },
    get calls() {
      return container.wire?.calls ?? 0;
    },
    get isDead() {
      return container.wire?.isDead ?? false;
    },
    die: () => container.wire?.die(),
  };
  const connection: KubernetesConnection = simulatedConnection({ ...outside, wire });
  const secretApi = Promise.resolve(createSecretApi(connection));
  const deps: HandlerDeps = {
    now,
    policy,
    scope: EVERYWHERE,
    refreshBeforeSeconds: REFRESH_BEFORE_SECONDS,
    observe: (phase, signal) =>
      observeCluster({ connection }, { phase, scope: EVERYWHERE, signal }),
    observeRequests: (signal) => createRequestObserver(connection, signal),
    assumeRole: createAssumeRole({
      sts: simulatedSts({ ...outside, wire, nextNumber }),
      intermediate: undefined,
      settings: { nameForm: 'namespace' },
      clusterName: CLUSTER_NAME,
      forwarderRoleArn: undefined,
      now,
      beforeCall: () => {},
    }),
    secretApi: () => secretApi,
    findSecret: (namespace, name, signal) => findSecret(connection, namespace, name, signal),
    listPodsOf: (namespace, signal) =>
      listPods(connection, { phase: 'live', scope: { only: [namespace], except: [] }, signal }),
    backOff: createBackOff(),
    statusWriter: createStatusWriter(connection, now),
    eventReporter: createEventReporter({
      connection,
      now,
      reportingInstance: 'simulated',
      log: { warn: () => {} },
    }),
    changeLog: { writePass: () => {}, writeCheck: () => {}, writePodEvent: () => {} },
    addMetrics: outside.onReport,
    addPodEventMetrics: () => {},
  };
  container.deps = deps;
  return container as Container;
}

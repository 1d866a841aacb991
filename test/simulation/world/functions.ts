import { RefresherError } from '../../../contract/errors.ts';
import { DEFAULT_SECRET_METADATA } from '../../../contract/kubernetes/secret.ts';
import { PASS, type PassEvent } from '../../../contract/pass.ts';
import type { CredentialRequestEvent } from '../../../contract/pod-event.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { createBackOff } from '../../../lambda/act/back-off.ts';
import { createCreationHistory } from '../../../lambda/act/creation-history.ts';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import { createSecretApi } from '../../../lambda/act/secrets/typed-secret-api.ts';
import { createAssumeRole } from '../../../lambda/act/sessions/assume-role.ts';
import { webIdentityToken } from '../../../lambda/act/sessions/web-identity-token.ts';
import type { RolePolicy } from '../../../lambda/decide/guard.ts';
import type { HandlerDeps } from '../../../lambda/handler-deps.ts';
import { createMinuteCounter } from '../../../lambda/minute-counter.ts';
import { findSecret, listSecretByName } from '../../../lambda/observe/managed-secrets.ts';
import { createRequestObserver, observeCluster } from '../../../lambda/observe/observe-cluster.ts';
import { listPods } from '../../../lambda/observe/pods.ts';
import { createEventReporter } from '../../../lambda/report/events/event-reporter.ts';
import type { PassReport } from '../../../lambda/report/pass-report.ts';
import { createStatusWriter } from '../../../lambda/report/statuses/status-writer.ts';
import { type PassSignals, runPass } from '../../../lambda/run-pass.ts';
import { runPodEvent } from '../../../lambda/run-pod-event.ts';
import type { CallFact, SessionFact } from '../../invariants/facts.ts';
import type { SimulatedCluster } from './cluster.ts';
import { simulatedConnection } from './connection.ts';
import type { ActiveFaults } from './fault-injection.ts';
import { createNetwork, type Kill, type Network } from './network.ts';
import type { Random } from './random.ts';
import { type FunctionSettings, type SessionWorld, USUAL_SESSIONS } from './session-settings.ts';
import { simulatedSts } from './sts.ts';
import { MINUTE, SECOND, type VirtualTime } from './virtual-time.ts';

const CLUSTER_NAME = 'simulated';

const EVERYWHERE = { only: [], except: [] };

/** Lambda's timeout. A pass stops acting before it, and stops observing at half of that time. In milliseconds. */
const TIMEOUT_MS = MINUTE;
const ACTING_MS = TIMEOUT_MS - 3 * SECOND;
const OBSERVING_MS = ACTING_MS / 2;

/** Maximum concurrent invocations of the function for pod events. */
const MAX_EVENT_CONTAINERS = 5;
/** How long Lambda tries to invoke a function whose concurrency is exhausted, in milliseconds: after 1, 2, 4 seconds, … */
const MAX_EVENT_AGE_MS = MINUTE;

type FunctionName = 'refresh' | 'sweep' | 'events';

/** The functions, as Lambda runs them. */
export interface SimulatedFunctions {
  refresh(event: PassEvent): void;
  sweep(event: PassEvent): void;
  events(event: CredentialRequestEvent): void;
  readonly counts: {
    readonly invocations: number;
    readonly killed: number;
    readonly failed: number;
  };
}

interface FunctionsDeps {
  readonly cluster: SimulatedCluster;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: ActiveFaults;
  readonly policy: RolePolicy;
  /** How far the functions' clock is ahead of the clock of AWS and the cluster, in milliseconds. */
  readonly skew: number;
  readonly isTrusted: (roleArn: string) => boolean;
  /** @default - sessions of an hour */
  readonly sessionWorld?: SessionWorld;
  readonly onSession: (fact: SessionFact) => void;
  /** Called with the outcomes of each pass, and its report. */
  readonly onPass: (report: PassReport, outcomes: readonly ItemOutcome[]) => void;
  /** Called with the outcomes of each pod event. */
  readonly onPodEvent?: (outcomes: readonly ItemOutcome[]) => void;
  /** Called with each request, and with the namespace that it is about, if it is about one. */
  readonly onCall?: (call: CallFact['call'], namespace: string | undefined) => void;
  /** Called with an error that is not one of the product's own. */
  readonly onCrash: (error: unknown) => void;
  /** Returns when to kill the next invocation. @default - at random, while the fault `processes-killed` is active */
  readonly nextKill?: () => Kill | undefined;
}

/** A container of a function. */
interface Container {
  readonly deps: HandlerDeps;
  readonly settings: FunctionSettings;
  /** The network of its current invocation. */
  network: Network | undefined;
}

/** Creates the functions. The first invocation of each is a cold start. */
export function createSimulatedFunctions(deps: FunctionsDeps): SimulatedFunctions {
  const { time, random, faults, sessionWorld = USUAL_SESSIONS } = deps;
  const idle: Record<FunctionName, Container[]> = { refresh: [], sweep: [], events: [] };
  let runningEvents = 0;
  const counts = { invocations: 0, killed: 0, failed: 0 };
  let sessions = 0;
  const nextNumber = () => ++sessions;

  const nextKill = (): Kill | undefined =>
    faults.has('processes-killed') && random.chance(0.3)
      ? { atCall: random.int(1, random.pick([4, 8, 40])), when: random.pick(['before', 'after']) }
      : undefined;

  function take(name: FunctionName): Container {
    if (faults.has('containers-replaced') && random.chance(0.2)) idle[name] = [];
    // A changed configuration replaces them.
    const settings = sessionWorld.settings();
    idle[name] = idle[name].filter((container) => container.settings === settings);
    return idle[name].pop() ?? createContainer({ ...deps, sessionWorld }, settings, nextNumber);
  }

  function runEvent(event: CredentialRequestEvent, age = 0, delay = SECOND): void {
    if (runningEvents < MAX_EVENT_CONTAINERS) run('events', event);
    else if (age + delay <= MAX_EVENT_AGE_MS) {
      time.after(delay, () => runEvent(event, age + delay, 2 * delay));
    }
  }

  function run(name: FunctionName, event: PassEvent | CredentialRequestEvent): void {
    counts.invocations += 1;
    const container = take(name);
    const network = createNetwork(time, (deps.nextKill ?? nextKill)());
    container.network = network;
    const [observing, acting] = [new AbortController(), new AbortController()];
    let hasEnded = false;
    if (name === 'events') runningEvents += 1;
    const end = () => {
      hasEnded = true;
      if (name === 'events') runningEvents -= 1;
    };
    const abortAfter = (milliseconds: number, controller: AbortController) =>
      time.after(milliseconds, () => {
        if (!hasEnded)
          controller.abort(new DOMException('the time limit was reached', 'TimeoutError'));
      });
    abortAfter(OBSERVING_MS, observing);
    abortAfter(ACTING_MS, acting);
    time.after(TIMEOUT_MS, () => {
      if (hasEnded) return;
      if (!network.isKilled)
        deps.onCrash(new Error(`an invocation of ${name} exceeded the timeout`));
      network.kill();
      counts.killed += 1;
      end();
    });
    invoke(container, name, event, { observing: observing.signal, acting: acting.signal })
      .catch((error: unknown) => {
        if (network.isKilled) return;
        counts.failed += 1;
        const isExpected = error instanceof RefresherError || acting.signal.aborted;
        if (!isExpected) deps.onCrash(error);
      })
      .finally(() => {
        // The code of a killed process still runs here, until its signals abort.
        if (network.isKilled) return;
        end();
        idle[name].push(container);
      });
  }

  return {
    refresh: (event) => run('refresh', event),
    sweep: (event) => run('sweep', event),
    events: (event) => runEvent(event),
    counts,
  };
}

function invoke(
  { deps }: Container,
  name: FunctionName,
  event: PassEvent | CredentialRequestEvent,
  time: PassSignals,
): Promise<unknown> {
  return 'wanted' in event
    ? runPodEvent(deps, event, time.acting)
    : runPass(deps, event, name === 'sweep' ? PASS.sweep : PASS.refresh, time);
}

/** Wires the product's parts as lambda/handler-deps.ts does, with a simulated network. */
function createContainer(
  simulated: FunctionsDeps & { readonly sessionWorld: SessionWorld },
  settings: FunctionSettings,
  nextNumber: () => number,
): Container {
  const { time, policy, skew } = simulated;
  const { sessions, refreshBeforeSeconds } = settings;
  const now = () => new Date(time.now().getTime() + skew);
  const container: {
    deps?: HandlerDeps;
    settings: FunctionSettings;
    network: Network | undefined;
  } = { settings, network: undefined };
  const network: Network = {
    call: (milliseconds, perform, signal) => {
      if (container.network === undefined) throw new Error('a call outside an invocation');
      return container.network.call(milliseconds, perform, signal);
    },
    get calls() {
      return container.network?.calls ?? 0;
    },
    get isKilled() {
      return container.network?.isKilled ?? false;
    },
    kill: () => container.network?.kill(),
  };
  const connection: KubernetesConnection = simulatedConnection({ ...simulated, network });
  const secretApi = Promise.resolve(createSecretApi(connection));
  const deps: HandlerDeps = {
    now,
    policy,
    sessions,
    clusterName: CLUSTER_NAME,
    scope: EVERYWHERE,
    refreshBeforeSeconds,
    secretMetadata: DEFAULT_SECRET_METADATA,
    observe: (phase, signal) => observeCluster(connection, { phase, scope: EVERYWHERE, signal }),
    observeRequests: (signal) => createRequestObserver(connection, signal),
    assumeRole: createAssumeRole({
      sts: simulatedSts({
        ...simulated,
        network,
        nextNumber,
        maxSecondsOf: simulated.sessionWorld.maxSecondsOf,
      }),
      intermediate: undefined,
      identityToken: sessions.source === 'oidc' ? webIdentityToken({ connection, now }) : undefined,
      sessions,
      clusterName: CLUSTER_NAME,
      policy,
      now,
    }),
    secretApi: () => secretApi,
    lookUpSecret: (secret, signal) =>
      listSecretByName(connection, { ...secret, freshness: 'any' }, signal),
    findSecret: (namespace, name, signal) => findSecret(connection, namespace, name, signal),
    listPodsOf: (namespace, signal) =>
      listPods(connection, { phase: 'live', scope: { only: [namespace], except: [] }, signal }),
    backOff: createBackOff(),
    creations: createCreationHistory(),
    requestCounts: createMinuteCounter(),
    statusWriter: createStatusWriter(connection, now),
    eventReporter: createEventReporter({
      connection,
      now,
      reportingInstance: 'simulated',
      log: { warn: () => {} },
    }),
    changeLog: {
      writePass: (outcomes, _, report) => simulated.onPass(report, outcomes),
      writeCheck() {},
      writePodEvent: (outcomes) => simulated.onPodEvent?.(outcomes),
    },
    addMetrics() {},
    addPodEventMetrics: () => {},
  };
  container.deps = deps;
  return container as Container;
}

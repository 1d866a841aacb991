import { randomUUID } from 'node:crypto';
import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import { DEFAULT_EVENT_INVOKE } from '../../assembly/resources/event-invoke-config.ts';
import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import type { MetricStore } from '../cloudwatch/metric-store.ts';
import type { Iam } from '../iam/iam.ts';
import type { MovableClock } from '../../clock.ts';
import type { Timeline } from '../../timeline.ts';
import { type AsyncQueue, createAsyncQueue } from './async-queue.ts';
import type { InvocationOutcome } from './execution-environment.ts';
import type { FunctionLogs } from './function-logs.ts';
import { createFunctionMetrics } from './function-metrics.ts';
import { createFunctionPool, type FunctionPool } from './function-pool.ts';

/** How an invocation ended: as the function did, or without it, for too many were running. */
export type InvocationResult = InvocationOutcome | { readonly kind: 'throttled' };

/** An invocation that ended. */
export interface InvocationRecord {
  readonly functionName: string;
  readonly requestId: string;
  readonly event: unknown;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly result: InvocationResult;
}

/** The functions of an assembly. A function is named by its name or its ARN. */
export interface Functions {
  readonly names: readonly string[];
  /** Every invocation that ended, the first to end first. */
  readonly invocations: readonly InvocationRecord[];
  /** The asynchronous invocations that were given up. */
  readonly asyncFailures: AsyncQueue['failures'];
  /** Invokes and waits for the result. An error of the function is a result; anything else throws. */
  invoke(name: string, event: unknown): Promise<InvocationResult>;
  /** Invokes as services do: at once back, with the retries and the event age of the template. */
  invokeAsync(name: string, event: unknown): void;
  /** The function of that name or ARN, if there is one. */
  find(name: string): LambdaFunction | undefined;
  /** How many invocations of a function may run at once; nothing when the account's limit alone holds. */
  reservedConcurrency(name: string): number | undefined;
  /** Changes that, from the next invocation on; with 0 every one is throttled. */
  setReservedConcurrency(name: string, concurrency: number | undefined): void;
  /** Has every invocation of a function throttled, as when others use up the account's concurrency; the result ends that. */
  throttle(name: string): () => void;
  /** Has every invocation of the function that is running end in an error that nothing catches. */
  crashRunning(name: string): void;
  /** Kills the process of every invocation of the function that is running, as when its machine dies. */
  killRunning(name: string): Promise<void>;
  /** Gives a function another time than the template says, in seconds, from the next invocation on; the result ends that. */
  overrideTimeout(name: string, seconds: number): () => void;
  /** Ends when no asynchronous invocation is running. */
  settled(): Promise<void>;
  /** Ends the environments that are idle, as Lambda does now and then: the next invocation is a cold start. */
  retireIdle(): Promise<void>;
  /** Ends every process. */
  stop(): Promise<void>;
}

/** What the functions run in. */
export interface FunctionsDeps {
  readonly assembly: Assembly;
  readonly iam: Iam;
  readonly clock: MovableClock;
  /** What the functions take for the time. */
  readonly functionClock: MovableClock;
  readonly timeline: Timeline;
  readonly logs: FunctionLogs;
  readonly metrics: Pick<MetricStore, 'put'>;
  /** `AWS_ENDPOINT_URL_<SERVICE>` by name. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/**
 * The functions of the assembly, ready to be invoked. No process runs before the first invocation.
 * @throws RoleTrustError when a function's role does not trust Lambda: AWS refuses such a deployment too.
 */
export function createFunctions(deps: FunctionsDeps): Functions {
  const { assembly, clock, timeline, iam } = deps;
  const functions = resourcesOf(assembly, 'lambda-function');
  const pools = new Map<string, FunctionPool>();
  for (const fn of functions) {
    iam.issueServiceSession(fn.roleArn, 'lambda.amazonaws.com', fn.functionName);
    pools.set(fn.functionName, createFunctionPool({ ...deps, fn, region: assembly.target.region }));
  }
  const invocations: InvocationRecord[] = [];
  const running = new Set<{ readonly functionName: string }>();
  const metrics = createFunctionMetrics(deps.metrics);

  async function invoke(name: string, event: unknown): Promise<InvocationResult> {
    const { functionName } = known(functions, name);
    const started = { functionName, requestId: randomUUID(), event, startedAt: clock.now() };
    running.add(started);
    const concurrent = [...running].filter((one) => one.functionName === functionName).length;
    const pool = pools.get(functionName);
    try {
      const result = (await pool?.run(started.requestId, event)) ?? { kind: 'throttled' };
      const record = { ...started, endedAt: clock.now(), result };
      invocations.push(record);
      metrics.ended(record, concurrent);
      return result;
    } finally {
      running.delete(started);
    }
  }

  const poolOf = (name: string) => pools.get(known(functions, name).functionName);

  const queue = createAsyncQueue({
    clock,
    timeline,
    invoke,
    metrics,
    policyOf: (functionName) =>
      resourcesOf(assembly, 'event-invoke-config').find(
        (config) => config.functionName === functionName,
      ) ?? DEFAULT_EVENT_INVOKE,
  });

  return {
    names: functions.map(({ functionName }) => functionName),
    invocations,
    asyncFailures: queue.failures,
    invoke,
    invokeAsync: (name, event) => queue.send(known(functions, name).functionName, event),
    find: (name) => find(functions, name),
    reservedConcurrency: (name) => poolOf(name)?.reservedConcurrency(),
    setReservedConcurrency: (name, concurrency) => poolOf(name)?.setReservedConcurrency(concurrency),
    throttle: (name) => {
      const pool = poolOf(name);
      const before = pool?.reservedConcurrency();
      pool?.setReservedConcurrency(0);
      return () => pool?.setReservedConcurrency(before);
    },
    crashRunning: (name) => poolOf(name)?.crashRunning(),
    killRunning: async (name) => poolOf(name)?.killRunning(),
    overrideTimeout(name, seconds) {
      const pool = poolOf(name);
      pool?.setTimeoutSeconds(seconds);
      return () => pool?.setTimeoutSeconds(known(functions, name).timeoutSeconds);
    },
    settled: queue.settled,
    retireIdle: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.retireIdle()));
    },
    stop: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
    },
  };
}

function find(functions: readonly LambdaFunction[], name: string): LambdaFunction | undefined {
  return functions.find(({ functionName, arn }) => functionName === name || arn === name);
}

function known(functions: readonly LambdaFunction[], name: string): LambdaFunction {
  const found = find(functions, name);
  if (found) return found;
  const names = functions.map(({ functionName }) => functionName).join(', ');
  throw new Error(`Function not found: ${name}; the assembly has ${names || 'none'}`);
}

import { randomUUID } from 'node:crypto';
import { type Assembly, resourcesOf } from '../../assembly/assembly.ts';
import { AssemblyError } from '../../assembly/assembly-error.ts';
import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import { DEFAULT_EVENT_INVOKE } from '../../assembly/resources/lambda-function.ts';
import type { MovableClock } from '../../clock.ts';
import type { Timeline } from '../../timeline.ts';
import type { MetricStore } from '../cloudwatch/metric-store.ts';
import type { Iam } from '../iam/iam.ts';
import { createAccountConcurrency } from './account-concurrency.ts';
import { type AsyncQueue, createAsyncQueue } from './async-queue.ts';
import type { StartEnvironmentProcess } from './environment-process.ts';
import type { FunctionLogs } from './function-logs.ts';
import { createFunctionMetrics } from './function-metrics.ts';
import { createFunctionPool, type FunctionPool } from './function-pool.ts';
import type { InvocationRecord, InvocationResult } from './invocation.ts';

/** The functions of an assembly. Every `name` is a function's name or ARN. */
export interface Functions {
  readonly names: readonly string[];
  /** Every invocation that ended, in the order in which they ended. */
  readonly invocations: readonly InvocationRecord[];
  /** The asynchronous invocations that Lambda gave up. */
  readonly asyncFailures: AsyncQueue['failures'];
  /** Invokes a function and waits for the result. A function error is a result; other errors are thrown. */
  invoke(name: string, event: unknown): Promise<InvocationResult>;
  /** Invokes a function asynchronously, with the template's retries and maximum event age. Returns at once. */
  invokeAsync(name: string, event: unknown): void;
  find(name: string): LambdaFunction | undefined;
  /** The maximum number of concurrent invocations; undefined if only the account's limit applies. */
  reservedConcurrency(name: string): number | undefined;
  /** Why the function cannot reserve a concurrency; undefined if it can. */
  reservationProblem(name: string, concurrency: number): string | undefined;
  /** Changes the maximum, from the next invocation on; 0 throttles every invocation. */
  setReservedConcurrency(name: string, concurrency: number | undefined): void;
  /** Throttles every invocation, as if other functions exhausted the account's concurrency. Returns a function that ends this. */
  throttle(name: string): () => void;
  /** Makes every running invocation end in an uncaught error. */
  crashRunning(name: string): void;
  /** Kills the process of every running invocation, as if its machine failed. */
  killRunning(name: string): Promise<void>;
  /** Overrides the template's timeout, from the next invocation on. Returns a function that restores it. */
  overrideTimeout(name: string, seconds: number): () => void;
  /** Waits until no asynchronous invocation is running. @throws what failed unexpectedly */
  settled(): Promise<void>;
  /** Stops idle environments, as Lambda does occasionally: the next invocation is a cold start. */
  retireIdle(): Promise<void>;
  /** Stops every process. */
  stop(): Promise<void>;
}

/** Dependencies of the functions. */
interface FunctionsDeps {
  readonly assembly: Assembly;
  readonly iam: Iam;
  readonly clock: MovableClock;
  /** The clock that the functions see. */
  readonly functionClock: MovableClock;
  readonly timeline: Timeline;
  readonly logs: FunctionLogs;
  readonly metrics: Pick<MetricStore, 'put'>;
  /** `AWS_ENDPOINT_URL_<SERVICE>` by name. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly startProcess: StartEnvironmentProcess;
  /** Maximum concurrent invocations of all functions. @default - the quota of AWS for most accounts, 1,000 */
  readonly accountConcurrency?: number | undefined;
}

/**
 * Creates the functions of the assembly. No process runs before the first invocation.
 *
 * @throws RoleTrustError if a function's role does not trust Lambda, and AssemblyError if the functions reserve more
 *   concurrency than the account has; both fail a deployment on AWS as well
 */
export function createFunctions(deps: FunctionsDeps): Functions {
  const { assembly, clock, timeline, iam } = deps;
  const functions = resourcesOf(assembly, 'lambda-function');
  const pools = new Map<string, FunctionPool>();
  for (const fn of functions) {
    iam.issueServiceSession(fn.roleArn, 'lambda.amazonaws.com', fn.functionName);
    pools.set(fn.functionName, createFunctionPool({ ...deps, fn, region: assembly.target.region }));
  }
  const account = createAccountConcurrency(deps.accountConcurrency ?? 1_000, pools);
  for (const [name, pool] of pools) {
    const problem = account.problemWith(pool, pool.reservedConcurrency() ?? 0);
    if (problem !== undefined) throw new AssemblyError(`function ${name}: ${problem}`);
  }
  const invocations: InvocationRecord[] = [];
  const running = new Set<{ readonly functionName: string }>();
  const metrics = createFunctionMetrics(deps.metrics);

  async function invoke(name: string, event: unknown): Promise<InvocationResult> {
    const { functionName } = findOrThrow(functions, name);
    const started = { functionName, requestId: randomUUID(), event, startedAt: clock.now() };
    running.add(started);
    const concurrent = [...running].filter((one) => one.functionName === functionName).length;
    try {
      const pool = hasRoom() ? pools.get(functionName) : reservedPool(functionName);
      const result = (await pool?.run(started.requestId, event)) ?? { kind: 'throttled' };
      const record = { ...started, endedAt: clock.now(), result };
      invocations.push(record);
      metrics.invocationEnded(record, concurrent);
      return result;
    } finally {
      running.delete(started);
    }
  }

  /** Whether the account has room for all running invocations of functions that have not reserved their own. */
  function hasRoom(): boolean {
    const unreserved = [...running].filter((one) => reservedPool(one.functionName) === undefined);
    return account.hasRoomFor(unreserved.length);
  }

  function reservedPool(functionName: string): FunctionPool | undefined {
    const pool = pools.get(functionName);
    return pool?.reservedConcurrency() === undefined ? undefined : pool;
  }

  const poolOf = (name: string) => pools.get(findOrThrow(functions, name).functionName);

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
    invokeAsync: (name, event) => queue.send(findOrThrow(functions, name).functionName, event),
    find: (name) => find(functions, name),
    reservedConcurrency: (name) => poolOf(name)?.reservedConcurrency(),
    reservationProblem(name, concurrency) {
      const pool = poolOf(name);
      return pool && account.problemWith(pool, concurrency);
    },
    setReservedConcurrency: (name, concurrency) =>
      poolOf(name)?.setReservedConcurrency(concurrency),
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
      return () => pool?.setTimeoutSeconds(findOrThrow(functions, name).timeoutSeconds);
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

function findOrThrow(functions: readonly LambdaFunction[], name: string): LambdaFunction {
  const found = find(functions, name);
  if (found) return found;
  const names = functions.map(({ functionName }) => functionName).join(', ');
  throw new Error(`Function not found: ${name}; functions of the assembly: ${names || 'none'}`);
}

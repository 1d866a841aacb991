import { randomBytes } from 'node:crypto';
import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import type { MovableClock } from '../../clock.ts';
import { parseArn } from '../arn.ts';
import type { Iam } from '../iam/iam.ts';
import type { Session } from '../iam/session.ts';
import type { StartEnvironmentProcess } from './environment-process.ts';
import { environmentVariables } from './environment-variables.ts';
import { type ExecutionEnvironment, startExecutionEnvironment } from './execution-environment.ts';
import type { FunctionLogs } from './function-logs.ts';
import type { InvocationOutcome } from './invocation.ts';

/** The execution environments of one function. */
export interface FunctionPool {
  /** Runs an invocation in an idle or a new environment; undefined if the reserved concurrency is exhausted. */
  run(requestId: string, event: unknown): Promise<InvocationOutcome | undefined>;
  /** Makes every running invocation end in an uncaught error. */
  crashRunning(): void;
  /** Kills the processes of the running invocations. */
  killRunning(): Promise<void>;
  /** Changes the function's timeout. */
  setTimeoutSeconds(seconds: number): void;
  /** The maximum number of concurrent invocations; undefined if only the account's limit applies. */
  reservedConcurrency(): number | undefined;
  /** Changes the maximum number of concurrent invocations. Running invocations are not affected. */
  setReservedConcurrency(concurrency: number | undefined): void;
  /** Stops idle environments. */
  retireIdle(): Promise<void>;
  stop(): Promise<void>;
}

/** Dependencies of a pool. */
interface FunctionPoolDeps {
  readonly fn: LambdaFunction;
  readonly region: string;
  readonly iam: Iam;
  readonly clock: MovableClock;
  /** The clock that the functions see. */
  readonly functionClock: MovableClock;
  readonly logs: FunctionLogs;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly startProcess: StartEnvironmentProcess;
}

interface PooledEnvironment {
  readonly environment: ExecutionEnvironment;
  readonly session: Session;
}

/** Creates a pool without environments. */
export function createFunctionPool(deps: FunctionPoolDeps): FunctionPool {
  const { fn, clock, logs } = deps;
  const all = new Set<PooledEnvironment>();
  const idle: PooledEnvironment[] = [];
  let running = 0;
  let reserved = fn.reservedConcurrency;
  let { timeoutSeconds } = fn;

  async function retire(pooled: PooledEnvironment): Promise<void> {
    await pooled.environment.stop();
    all.delete(pooled);
  }

  async function take(): Promise<PooledEnvironment> {
    for (let pooled = idle.pop(); pooled; pooled = idle.pop()) {
      if (pooled.environment.isAlive() && outlivesInvocation(pooled.session, clock.now(), fn)) {
        return pooled;
      }
      await retire(pooled);
    }
    const pooled = startPooledEnvironment(deps);
    all.add(pooled);
    return pooled;
  }

  async function run(requestId: string, event: unknown): Promise<InvocationOutcome> {
    const pooled = await take();
    const outcome = await pooled.environment.invoke(requestId, event, timeoutSeconds);
    idle.push(pooled);
    if (outcome.kind === 'error' && outcome.error.errorType === 'Sandbox.Timedout') {
      const { functionName, logGroupName } = fn;
      const text = outcome.error.errorMessage;
      const stream = 'stderr';
      logs.append({ at: clock.now(), functionName, logGroupName, requestId, stream, text });
    }
    return outcome;
  }

  const runningEnvironments = () =>
    [...all].filter((pooled) => !idle.includes(pooled)).map(({ environment }) => environment);

  return {
    run: async (requestId, event) => {
      if (running >= (reserved ?? Number.POSITIVE_INFINITY)) return undefined;
      running += 1;
      try {
        return await run(requestId, event);
      } finally {
        running -= 1;
      }
    },
    crashRunning: () => {
      for (const environment of runningEnvironments()) environment.crash();
    },
    killRunning: async () => {
      await Promise.all(runningEnvironments().map((environment) => environment.stop()));
    },
    setTimeoutSeconds(seconds) {
      timeoutSeconds = seconds;
    },
    reservedConcurrency: () => reserved,
    setReservedConcurrency(concurrency) {
      reserved = concurrency;
    },
    retireIdle: async () => {
      await Promise.all(idle.splice(0).map(retire));
    },
    stop: async () => {
      await Promise.all([...all].map(({ environment }) => environment.stop()));
    },
  };
}

// Lambda replaces an environment before its credentials expire. How long before is not documented.
function outlivesInvocation(
  { credentials }: Session,
  now: Date,
  { timeoutSeconds }: LambdaFunction,
): boolean {
  return credentials.expiration.getTime() > now.getTime() + timeoutSeconds * 1_000;
}

function startPooledEnvironment(deps: FunctionPoolDeps): PooledEnvironment {
  const { fn, region, iam, clock, functionClock, logs, endpoints, startProcess } = deps;
  const { functionName, logGroupName } = fn;
  const session = iam.issueServiceSession(fn.roleArn, 'lambda.amazonaws.com', functionName);
  const { credentials } = session;
  const day = clock.now().toISOString().slice(0, 10).replaceAll('-', '/');
  const logStreamName = `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
  const canLog = canWriteLogs(iam, session, fn, logStreamName);
  if (!canLog) logs.deny(functionName);
  const environment = startExecutionEnvironment({
    startProcess,
    clock: functionClock,
    fn,
    logStreamName,
    variables: environmentVariables(fn, { region, credentials, logStreamName, endpoints }),
    onLine: (requestId, stream, text) => {
      if (!canLog) return;
      logs.append({ at: clock.now(), functionName, logGroupName, requestId, stream, text });
    },
  });
  return { environment, session };
}

function canWriteLogs(iam: Iam, session: Session, fn: LambdaFunction, logStream: string): boolean {
  const { partition, region, account } = parseArn(fn.arn) ?? {};
  const group = `arn:${partition}:logs:${region}:${account}:log-group:${fn.logGroupName}`;
  return ['logs:CreateLogStream', 'logs:PutLogEvents'].every(
    (action) =>
      iam.decide(session, action, `${group}:log-stream:${logStream}`).outcome === 'allowed',
  );
}

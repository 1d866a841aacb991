import { randomBytes } from 'node:crypto';
import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import { parseArn } from '../arn.ts';
import type { Iam, Session } from '../iam/iam.ts';
import type { MovableClock } from '../../clock.ts';
import { environmentVariables } from './environment-variables.ts';
import {
  type ExecutionEnvironment,
  type InvocationOutcome,
  startExecutionEnvironment,
} from './execution-environment.ts';
import type { FunctionLogs } from './function-logs.ts';

/** The environments of one function. */
export interface FunctionPool {
  /** Runs an invocation in an environment that is free, or a new one; nothing when its reserved concurrency is used up. */
  run(requestId: string, event: unknown): Promise<InvocationOutcome | undefined>;
  /** Has every invocation that is running end in an error that nothing catches. */
  crashRunning(): void;
  /** Kills the processes of the invocations that are running. */
  killRunning(): Promise<void>;
  /** Changes how long an invocation may take, in seconds. */
  setTimeoutSeconds(seconds: number): void;
  /** How many may run at once; nothing when there is no limit of its own. */
  reservedConcurrency(): number | undefined;
  /** Changes that; what is running goes on. */
  setReservedConcurrency(concurrency: number | undefined): void;
  /** Ends the environments that are free. */
  retireIdle(): Promise<void>;
  stop(): Promise<void>;
}

/** What a pool is made of. */
export interface FunctionPoolDeps {
  readonly fn: LambdaFunction;
  readonly region: string;
  readonly iam: Iam;
  readonly clock: MovableClock;
  /** What the functions take for the time. */
  readonly functionClock: MovableClock;
  readonly logs: FunctionLogs;
  readonly endpoints: Readonly<Record<string, string>>;
}

interface Member {
  readonly environment: ExecutionEnvironment;
  readonly session: Session;
}

/** A pool without an environment. */
export function createFunctionPool(deps: FunctionPoolDeps): FunctionPool {
  const { fn, clock, logs } = deps;
  const all = new Set<Member>();
  const idle: Member[] = [];
  let running = 0;
  let reserved = fn.reservedConcurrency;
  let { timeoutSeconds } = fn;

  async function retire(member: Member): Promise<void> {
    await member.environment.stop();
    all.delete(member);
  }

  async function take(): Promise<Member> {
    for (let member = idle.pop(); member; member = idle.pop()) {
      if (member.environment.isAlive() && outlives(member.session, clock.now(), fn)) return member;
      await retire(member);
    }
    const member = startMember(deps);
    all.add(member);
    return member;
  }

  async function run(requestId: string, event: unknown): Promise<InvocationOutcome> {
    const member = await take();
    const outcome = await member.environment.invoke(requestId, event, timeoutSeconds);
    idle.push(member);
    if (outcome.kind === 'error' && outcome.error.errorType === 'Sandbox.Timedout') {
      const { functionName, logGroupName } = fn;
      const text = outcome.error.errorMessage;
      logs.append({
        at: clock.now(),
        functionName,
        logGroupName,
        requestId,
        stream: 'stderr',
        text,
      });
    }
    return outcome;
  }

  const runningMembers = () => [...all].filter((member) => !idle.includes(member));

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
      for (const { environment } of runningMembers()) environment.crash();
    },
    killRunning: async () => {
      await Promise.all(runningMembers().map(({ environment }) => environment.stop()));
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

// Lambda replaces an environment before its credentials end; how long before, nobody says.
function outlives(
  { credentials }: Session,
  now: Date,
  { timeoutSeconds }: LambdaFunction,
): boolean {
  return credentials.expiration.getTime() > now.getTime() + timeoutSeconds * 1_000;
}

function startMember(deps: FunctionPoolDeps): Member {
  const { fn, region, iam, clock, functionClock, logs, endpoints } = deps;
  const { functionName, logGroupName } = fn;
  const session = iam.issueServiceSession(fn.roleArn, 'lambda.amazonaws.com', functionName);
  const { credentials } = session;
  const day = clock.now().toISOString().slice(0, 10).replaceAll('-', '/');
  const logStreamName = `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
  const mayLog = mayWriteLogs(iam, session, fn, logStreamName);
  if (!mayLog) logs.refuse(functionName);
  const environment = startExecutionEnvironment({
    clock: functionClock,
    fn,
    logStreamName,
    variables: environmentVariables(fn, { region, credentials, logStreamName, endpoints }),
    onLine: (requestId, stream, text) => {
      if (!mayLog) return;
      logs.append({ at: clock.now(), functionName, logGroupName, requestId, stream, text });
    },
  });
  return { environment, session };
}

function mayWriteLogs(iam: Iam, session: Session, fn: LambdaFunction, logStream: string): boolean {
  const { partition, region, account } = parseArn(fn.arn) ?? {};
  const group = `arn:${partition}:logs:${region}:${account}:log-group:${fn.logGroupName}`;
  return ['logs:CreateLogStream', 'logs:PutLogEvents'].every(
    (action) =>
      iam.decide(session, action, `${group}:log-stream:${logStream}`).outcome === 'allowed',
  );
}

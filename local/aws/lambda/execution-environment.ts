import { randomBytes } from 'node:crypto';
import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import type { MovableClock } from '../../clock.ts';
import type { RequestResult, StartEnvironmentProcess } from './environment-process.ts';
import type { InvocationOutcome } from './invocation.ts';
import type { InvocationDetails } from './messages.ts';

/** How an execution environment is started. */
interface EnvironmentInput {
  readonly startProcess: StartEnvironmentProcess;
  /** The clock that the function sees. */
  readonly clock: MovableClock;
  readonly fn: LambdaFunction;
  readonly variables: Readonly<Record<string, string>>;
  readonly logStreamName: string;
  readonly onLine: (
    requestId: string | undefined,
    stream: 'stdout' | 'stderr',
    text: string,
  ) => void;
}

/** Runs invocations of one function, one at a time, and keeps the function's state between them. */
export interface ExecutionEnvironment {
  /** Whether it can run another invocation: not after it failed to start, timed out or exited. */
  isAlive(): boolean;
  invoke(requestId: string, event: unknown, timeoutSeconds: number): Promise<InvocationOutcome>;
  /** Makes the running invocation end in an uncaught error. */
  crash(): void;
  stop(): Promise<void>;
}

/**
 * Lambda's limit for the initialization of a function, in seconds. After it, Lambda initializes the function again, within the
 * timeout of the first invocation (developer guide, "Understanding the Lambda execution environment lifecycle").
 */
const INIT_TIMEOUT_SECONDS = 10;

/** Starts an environment. The first invocation loads the handler and reports the error if that fails. */
export function startExecutionEnvironment(input: EnvironmentInput): ExecutionEnvironment {
  const { clock, fn, variables } = input;
  let requestId: string | undefined;
  let isStarted = false;
  const child = input.startProcess({
    folder: fn.codeFolder,
    variables,
    onLine: (stream, text) => input.onLine(requestId, stream, text),
  });
  const unfollow = clock.onMove((clockOffsetMs) => {
    if (child.isAlive()) child.send({ kind: 'clock', clockOffsetMs });
  });

  async function stop(): Promise<void> {
    unfollow();
    await child.kill();
  }

  async function start(limitSeconds: number): Promise<RequestResult> {
    const { codeFolder: folder, handler } = fn;
    const result = await child.request(
      { kind: 'start', clockOffsetMs: clock.offsetMs, folder, handler },
      limitSeconds,
    );
    if (result.kind !== 'ready') await stop();
    return result;
  }

  async function run(event: unknown, timeoutSeconds: number): Promise<InvocationOutcome> {
    if (!isStarted) {
      const limitSeconds = INIT_TIMEOUT_SECONDS + timeoutSeconds;
      const result = await start(limitSeconds);
      if (result.kind !== 'ready') return toOutcome(requestId, result, limitSeconds);
      isStarted = true;
    }
    const details = detailsOf(input, requestId ?? '', timeoutSeconds);
    const result = await child.request(
      { kind: 'invoke', clockOffsetMs: clock.offsetMs, event: JSON.stringify(event), details },
      timeoutSeconds,
    );
    return toOutcome(requestId, result, timeoutSeconds);
  }

  return {
    isAlive: child.isAlive,
    stop,
    crash: () => child.send({ kind: 'crash', clockOffsetMs: clock.offsetMs }),
    invoke: async (id, event, timeoutSeconds) => {
      requestId = id;
      const outcome = await run(event, timeoutSeconds);
      if (!child.isAlive()) unfollow();
      return outcome;
    },
  };
}

function detailsOf(
  { clock, fn, logStreamName }: EnvironmentInput,
  requestId: string,
  timeoutSeconds: number,
): InvocationDetails {
  return {
    requestId,
    functionName: fn.functionName,
    functionArn: fn.arn,
    memoryMegabytes: fn.memoryMegabytes,
    logGroupName: fn.logGroupName,
    logStreamName,
    timeoutSeconds,
    traceId: newTraceId(clock.now()),
  };
}

/** Returns the trace header of an invocation that is not sampled (X-Ray developer guide, "Tracing header"). */
function newTraceId(now: Date): string {
  const seconds = Math.floor(now.getTime() / 1_000).toString(16);
  const root = `1-${seconds}-${randomBytes(12).toString('hex')}`;
  return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}

function toOutcome(
  requestId: string | undefined,
  result: RequestResult,
  timeoutSeconds: number,
): InvocationOutcome {
  const fail = (errorType: string, message: string): InvocationOutcome => {
    const errorMessage = `RequestId: ${requestId} Error: ${message}`;
    return { kind: 'error', error: { errorType, errorMessage, trace: [] } };
  };
  switch (result.kind) {
    case 'succeeded':
      return { kind: 'success', payload: JSON.parse(result.payload) };
    case 'failed':
      return { kind: 'error', error: result.error };
    case 'timed-out':
      return fail('Sandbox.Timedout', `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`);
    case 'exited':
      return fail('Runtime.ExitError', `Runtime exited with error: ${result.how}`);
    default:
      return fail('Runtime.ExitError', `Runtime replied ${result.kind}`);
  }
}

import type { LambdaFunction } from '../../assembly/resources/lambda-function.ts';
import type { MovableClock } from '../../clock.ts';
import { type Reply, startEnvironmentProcess } from './environment-process.ts';
import type { FunctionError } from './messages.ts';

/** How an invocation ended. */
export type InvocationOutcome =
  | { readonly kind: 'success'; readonly payload: unknown }
  | { readonly kind: 'error'; readonly error: FunctionError };

/** What an execution environment is made of. */
export interface EnvironmentInput {
  /** What the function takes for the time. */
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

/** Runs invocations of one function, one at a time, and keeps what the function keeps between them. */
export interface ExecutionEnvironment {
  /** Whether it takes another invocation: not after it could not start, ran out of time or ended by itself. */
  isAlive(): boolean;
  /** Runs an invocation, which may take `timeoutSeconds`. */
  invoke(requestId: string, event: unknown, timeoutSeconds: number): Promise<InvocationOutcome>;
  /** Has the function end in an error that nothing catches. */
  crash(): void;
  stop(): Promise<void>;
}

/** How long Lambda lets a function initialize, in seconds. */
const INIT_SECONDS = 10;

/** Starts an environment. The first invocation loads the handler, and gets the error when it cannot be loaded. */
export function startExecutionEnvironment(input: EnvironmentInput): ExecutionEnvironment {
  const { clock, fn, variables } = input;
  let requestId: string | undefined;
  let isStarted = false;
  const child = startEnvironmentProcess({
    folder: fn.codeFolder,
    variables,
    onLine: (stream, text) => input.onLine(requestId, stream, text),
  });
  const unfollow = clock.onMove((offsetMilliseconds) => {
    if (child.isAlive()) child.send({ kind: 'clock', offsetMilliseconds });
  });

  async function stop(): Promise<void> {
    unfollow();
    await child.kill();
  }

  async function start(): Promise<Reply> {
    const { offsetMs: offsetMilliseconds } = clock;
    const { codeFolder: folder, handler } = fn;
    const reply = await child.request(
      { kind: 'start', offsetMilliseconds, folder, handler },
      INIT_SECONDS,
    );
    if (reply.kind !== 'ready') await stop();
    return reply;
  }

  async function run(event: unknown, timeoutSeconds: number): Promise<InvocationOutcome> {
    if (!isStarted) {
      const reply = await start();
      if (reply.kind !== 'ready') return toOutcome(requestId, reply, INIT_SECONDS);
      isStarted = true;
    }
    const { offsetMs: offsetMilliseconds } = clock;
    const facts = factsOf(input, requestId ?? '', timeoutSeconds);
    const reply = await child.request(
      { kind: 'invoke', offsetMilliseconds, event: JSON.stringify(event), facts },
      timeoutSeconds,
    );
    return toOutcome(requestId, reply, timeoutSeconds);
  }

  return {
    isAlive: child.isAlive,
    stop,
    crash: () => child.send({ kind: 'crash', offsetMilliseconds: clock.offsetMs }),
    invoke: async (id, event, timeoutSeconds) => {
      requestId = id;
      const outcome = await run(event, timeoutSeconds);
      if (!child.isAlive()) unfollow();
      return outcome;
    },
  };
}

function factsOf(
  { fn, logStreamName }: EnvironmentInput,
  requestId: string,
  timeoutSeconds: number,
) {
  return {
    requestId,
    functionName: fn.functionName,
    functionArn: fn.arn,
    memoryMegabytes: fn.memoryMegabytes,
    logGroupName: fn.logGroupName,
    logStreamName,
    timeoutSeconds,
  };
}

function toOutcome(
  requestId: string | undefined,
  reply: Reply,
  limitSeconds: number,
): InvocationOutcome {
  const fail = (errorType: string, what: string): InvocationOutcome => {
    const errorMessage = `RequestId: ${requestId} Error: ${what}`;
    return { kind: 'error', error: { errorType, errorMessage, trace: [] } };
  };
  switch (reply.kind) {
    case 'succeeded':
      return { kind: 'success', payload: JSON.parse(reply.payload) };
    case 'failed':
      return { kind: 'error', error: reply.error };
    case 'late':
      return fail('Sandbox.Timedout', `Task timed out after ${limitSeconds.toFixed(2)} seconds`);
    case 'ended':
      return fail('Runtime.ExitError', `Runtime exited with error: ${reply.how}`);
    default:
      return fail('Runtime.ExitError', `Runtime answered ${reply.kind}`);
  }
}

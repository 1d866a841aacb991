/**
 * The entry point of an execution environment's process, in place of Lambda's Node.js runtime. The process receives
 * `start`, loads the handler, and then runs one invocation at a time until it is killed. Its environment variables are
 * the function's, so none of the product's own can be read here.
 */
import { flushCompileCache } from 'node:module';
import { installMovableDate } from '../../movable-date.ts';
import { type Handler, loadHandler } from './handler.ts';
import {
  END_OF_OUTPUT,
  type EnvironmentReply,
  type EnvironmentRequest,
  type FunctionError,
  type InvocationDetails,
} from './messages.ts';

// Of the parent process, not of the function.
delete process.env['NODE_COMPILE_CACHE'];

const setClockOffset = installMovableDate();
let handler: Handler | undefined;

process.on('message', (message: EnvironmentRequest) => {
  setClockOffset(message.clockOffsetMs);
  // Not caught, wherever the function currently is.
  if (message.kind === 'crash') throw new Error('crashed on request');
  if (message.kind === 'start') void reply(() => start(message.folder, message.handler));
  if (message.kind === 'invoke') void reply(() => invoke(message.event, message.details));
});
// The parent process has ended.
process.on('disconnect', () => process.exit());

async function reply(perform: () => Promise<EnvironmentReply>): Promise<void> {
  const message = await perform().catch(
    (error: unknown): EnvironmentReply => ({ kind: 'failed', error: toFunctionError(error) }),
  );
  process.stdout.write(`${END_OF_OUTPUT}\n`);
  process.stderr.write(`${END_OF_OUTPUT}\n`);
  process.send?.(message);
  // Node.js writes the cache at exit, but this process is killed.
  flushCompileCache();
}

async function start(folder: string, name: string): Promise<EnvironmentReply> {
  handler = await loadHandler(folder, name);
  return { kind: 'ready' };
}

async function invoke(event: string, details: InvocationDetails): Promise<EnvironmentReply> {
  const result = await handler?.(JSON.parse(event), toContext(details));
  return { kind: 'succeeded', payload: JSON.stringify(result) ?? 'null' };
}

// The deadline is in real time: advancing the embedded clock does not shorten a running invocation.
function toContext(details: InvocationDetails): object {
  const deadline = performance.now() + details.timeoutSeconds * 1_000;
  return {
    awsRequestId: details.requestId,
    functionName: details.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: details.functionArn,
    memoryLimitInMB: String(details.memoryMegabytes),
    logGroupName: details.logGroupName,
    logStreamName: details.logStreamName,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}

function toFunctionError(error: unknown): FunctionError {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  };
}

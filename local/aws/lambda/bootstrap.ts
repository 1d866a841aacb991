/**
 * The entry point of an execution environment's process, in place of Lambda's Node.js runtime. The process receives
 * `start`, loads the handler, and then runs one invocation at a time until it is killed. Its environment variables are
 * the function's, so none of the product's own can be read here.
 */
import { flushCompileCache } from 'node:module';
import { installMovableDate } from '../../movable-date.ts';
import { type Handler, loadHandler, RuntimeError } from './handler.ts';
import {
  END_OF_OUTPUT,
  type EnvironmentReply,
  type EnvironmentRequest,
  type FunctionError,
  type InvocationDetails,
} from './messages.ts';
import { replaceConsole } from './runtime-console.ts';

// Of the parent process, not of the function.
delete process.env['NODE_COMPILE_CACHE'];

const setClockOffset = installMovableDate();
let handler: Handler | undefined;
let requestId = '-';
const log = replaceConsole(() => requestId);

process.on('message', (message: EnvironmentRequest) => {
  setClockOffset(message.clockOffsetMs);
  // Not caught, wherever the function currently is.
  if (message.kind === 'crash') throw new Error('crashed on request');
  if (message.kind === 'start') {
    void reply('Init Error', () => start(message.folder, message.handler));
  }
  if (message.kind === 'invoke') {
    void reply('Invoke Error', () => invoke(message.event, message.details));
  }
});
// The parent process has ended.
process.on('disconnect', () => process.exit());

async function reply(what: string, perform: () => Promise<EnvironmentReply>): Promise<void> {
  const message = await perform().catch((error: unknown): EnvironmentReply => {
    log.error(what, error);
    return { kind: 'failed', error: toFunctionError(error) };
  });
  process.stdout.write(`${END_OF_OUTPUT}\n`);
  process.stderr.write(`${END_OF_OUTPUT}\n`);
  // The parent process may have ended meanwhile.
  process.send?.(message, undefined, undefined, () => undefined);
  // Node.js writes the cache at exit, but this process is killed.
  flushCompileCache();
}

async function start(folder: string, name: string): Promise<EnvironmentReply> {
  handler = await loadHandler(folder, name);
  return { kind: 'ready' };
}

async function invoke(event: string, details: InvocationDetails): Promise<EnvironmentReply> {
  ({ requestId } = details);
  process.env['_X_AMZN_TRACE_ID'] = details.traceId;
  const result = await handler?.(JSON.parse(event), toContext(details));
  return { kind: 'succeeded', payload: toJson(result) };
}

/** Named as in Lambda's log. */
class JSONStringifyError extends RuntimeError {}

function toJson(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw new JSONStringifyError('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
}

// The deadline is in real time: advancing the embedded clock does not shorten a running invocation.
function toContext(details: InvocationDetails): object {
  const deadline = performance.now() + details.timeoutSeconds * 1_000;
  return {
    awsRequestId: details.requestId,
    xRayTraceId: details.traceId,
    clientContext: undefined,
    identity: undefined,
    tenantId: undefined,
    functionName: details.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: details.functionArn,
    memoryLimitInMB: String(details.memoryMegabytes),
    logGroupName: details.logGroupName,
    logStreamName: details.logStreamName,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}

function toFunctionError(error: unknown): FunctionError {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  // As Lambda does: the character is not allowed in its headers.
  const clean = (text: string) => text.replaceAll('\u007f', '%7F');
  return {
    errorType: clean(error.name),
    errorMessage: clean(error.message),
    trace: clean(error.stack ?? '').split('\n'),
  };
}

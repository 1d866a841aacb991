/**
 * What runs in the process of an execution environment, in place of Lambda's Node.js runtime. The process is told to
 * start, loads the handler, and from then on runs one invocation at a time until it is killed. Its environment is the
 * function's: nothing of the product's own may be read from it here.
 */
import { type Handler, loadHandler } from './handler.ts';
import {
  END_OF_OUTPUT,
  type EnvironmentReply,
  type FunctionError,
  type InvocationDetails,
  type EnvironmentRequest,
} from './messages.ts';
import { installMovableDate } from '../../movable-date.ts';

const moveDate = installMovableDate();
let handler: Handler | undefined;

process.on('message', (message: EnvironmentRequest) => {
  moveDate(message.offsetMilliseconds);
  // Caught by nobody, wherever the function is just now.
  if (message.kind === 'crash') throw new Error('crashed, as it was told to');
  if (message.kind === 'start') void answer(() => start(message.folder, message.handler));
  if (message.kind === 'invoke') void answer(() => invoke(message.event, message.facts));
});
// Without its parent there is nobody left to run for.
process.on('disconnect', () => process.exit());

async function answer(act: () => Promise<EnvironmentReply>): Promise<void> {
  const reply = await act().catch(
    (error: unknown): EnvironmentReply => ({ kind: 'failed', error: toFunctionError(error) }),
  );
  process.stdout.write(`${END_OF_OUTPUT}\n`);
  process.stderr.write(`${END_OF_OUTPUT}\n`);
  process.send?.(reply);
}

async function start(folder: string, name: string): Promise<EnvironmentReply> {
  handler = await loadHandler(folder, name);
  return { kind: 'ready' };
}

async function invoke(event: string, facts: InvocationDetails): Promise<EnvironmentReply> {
  const result = await handler?.(JSON.parse(event), toContext(facts));
  return { kind: 'succeeded', payload: JSON.stringify(result) ?? 'null' };
}

// The deadline goes by the machine's clock: moving the embedded one takes no time from a running invocation.
function toContext(facts: InvocationDetails): object {
  const deadline = performance.now() + facts.timeoutSeconds * 1_000;
  return {
    awsRequestId: facts.requestId,
    functionName: facts.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: facts.functionArn,
    memoryLimitInMB: String(facts.memoryMegabytes),
    logGroupName: facts.logGroupName,
    logStreamName: facts.logStreamName,
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

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type StartEnvironmentProcess,
  startEnvironmentProcess,
} from '../../local/aws/lambda/environment-process.ts';
import type { EnvironmentRequest } from '../../local/aws/lambda/messages.ts';
import { describeCredentialLeaks } from '../integration/credential-leaks.ts';
import { buildProgram } from '../support/programs/compiled-program.ts';
import { DEMO_LINES } from '../support/programs/demo-lines.ts';
import { requires } from '../support/requirements.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BUILD_TIMEOUT_MS } from './judge.ts';
import { demoOutput } from './lambda-runtime/demo.ts';
import { LAMBDA_RUNTIME, startRealRuntime } from './lambda-runtime/real-runtime.ts';

const ACTIONS = join(import.meta.dirname, 'lambda-runtime');
/** Of `actions.mjs`. */
const ACTION_NAMES = [
  ...['nothing', 'value', 'null', 'notJson', 'bigint', 'trace', 'variables', 'context', 'levels'],
  ...['formats', 'errors', 'raw', 'later', 'throwError', 'throwCustom', 'throwText', 'throwObject'],
  ...['throwUndefined', 'throwNested', 'rejectLater'],
];

/** A line of a function's log. */
type Line = readonly [stream: 'stdout' | 'stderr', content: unknown];

/** What an invocation, or the start of a function, results in. */
interface Outcome {
  readonly result: Readonly<Record<string, unknown>>;
  readonly lines: readonly Line[];
}

describe("Lambda's Node.js runtime", requires(LAMBDA_RUNTIME.builder), () => {
  beforeAll(() => buildProgram(LAMBDA_RUNTIME), BUILD_TIMEOUT_MS);

  describe.each(['JSON', 'Text'])('and the embedded one, with log format %s,', (logFormat) => {
    const start = { logFormat, folder: ACTIONS, handler: 'actions.handler' };
    let real: readonly Outcome[];
    let embedded: readonly Outcome[];
    beforeAll(async () => {
      [real, embedded] = await compare((runtime) => outcomesOf(runtime, start, ACTION_NAMES));
    });

    it.each(ACTION_NAMES.map((action, index) => [action, index] as const))(
      'log and return the same for %s',
      (_, index) => {
        expect(real[index]?.result).toBeDefined();
        expect(embedded[index]).toEqual(real[index]);
      },
    );

    it('log the same when they start', () => {
      expect(embedded.at(-1)?.lines).toHaveLength(1);
      expect(embedded.at(-1)).toEqual(real.at(-1));
    });
  });

  it.each(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])(
    'and the embedded one have the level %s',
    async (logLevel) => {
      const start = { logFormat: 'JSON', logLevel, folder: ACTIONS, handler: 'actions.handler' };
      const [real, embedded] = await compare((runtime) => outcomesOf(runtime, start, ['levels']));
      expect(embedded).toEqual(real);
    },
  );

  it.each([
    ...['good.handler', 'good.nested.handler', 'good.value', 'good.missing', 'good.only', 'good.'],
    ...['common.handler', 'common.nested.handler', 'folder/good.handler', 'missing.handler'],
    ...['syntax.handler', 'throws.handler', 'imports.handler', 'nodot', '../good.handler'],
  ])('and the embedded one load the handler %s alike', async (handler) => {
    const folder = folderWithHandlers();
    const [real, embedded] = await compare(async (runtime) => {
      const result = await resultOf(runtime, folder, handler);
      if (!('error' in result)) return result;
      const { errorType, errorMessage } = result['error'] as Record<string, string>;
      // The real one adds where it is installed.
      return { errorType, errorMessage: errorMessage?.split('\n')[0] };
    });
    expect(embedded).toEqual(real);
  });

  it('rejects a handler with a callback, as the embedded one does', async () => {
    const folder = folderWithHandlers();
    for (const result of await compare((runtime) => resultOf(runtime, folder, 'good.callback'))) {
      expect(result).toMatchObject({ error: { errorType: 'Runtime.CallbackHandlerDeprecated' } });
    }
  });

  it('runs the demo', async () => {
    const output = await demoOutput(startRealRuntime);
    for (const line of DEMO_LINES) expect(output).toContain(line);
    expect(output).not.toMatch(/FAILED|ASIA[A-Z0-9]{8}/);
  });
});

describe("under Lambda's Node.js runtime,", requires(LAMBDA_RUNTIME.builder), () => {
  beforeAll(() => buildProgram(LAMBDA_RUNTIME), BUILD_TIMEOUT_MS);
  describeCredentialLeaks(startRealRuntime);
});

async function compare<T>(
  run: (start: StartEnvironmentProcess) => Promise<T>,
): Promise<readonly [real: T, embedded: T]> {
  return Promise.all([run(startRealRuntime), run(startEnvironmentProcess)]);
}

interface Start {
  readonly logFormat: string;
  readonly logLevel?: string;
  readonly folder: string;
  readonly handler: string;
}

/** Starts a function and invokes it once for each action of `actions.mjs`. The last outcome is that of the start. */
async function outcomesOf(
  startProcess: StartEnvironmentProcess,
  start: Start,
  actions: readonly string[],
): Promise<readonly Outcome[]> {
  const { folder, handler } = start;
  let lines: (readonly [stream: 'stdout' | 'stderr', text: string])[] = [];
  const child = startProcess({
    folder,
    variables: variablesOf(start),
    onLine: (stream, text) => lines.push([stream, text]),
  });
  const clockOffsetMs = 3_600_000;
  const perform = async (message: EnvironmentRequest): Promise<Outcome> => {
    lines = [];
    const result = comparable(await child.request(message, 30)) as Outcome['result'];
    const outputOf = (of: string) => lines.filter(([stream]) => stream === of);
    const all = [...outputOf('stdout'), ...outputOf('stderr')];
    return { result, lines: all.map(([stream, text]) => [stream, contentOf(text)]) };
  };
  const started = await perform({ kind: 'start', clockOffsetMs, folder, handler });
  const outcomes: Outcome[] = [];
  if (started.result['kind'] === 'ready') {
    for (const action of actions) {
      const event = JSON.stringify({ action });
      outcomes.push(await perform({ kind: 'invoke', clockOffsetMs, event, details: DETAILS }));
    }
  }
  await child.kill();
  return [...outcomes, started];
}

/** Starts a function and invokes it. Returns the result, or the error of the start. */
async function resultOf(startProcess: StartEnvironmentProcess, folder: string, handler: string) {
  const start = { logFormat: 'JSON', folder, handler };
  const [outcome] = await outcomesOf(startProcess, start, ['any']);
  return outcome?.result ?? {};
}

const DETAILS = {
  requestId: '2b7a3a2c-7f0a-4d39-a9d5-0a4f7d0b0c11',
  functionName: 'judged',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:judged',
  memoryMegabytes: 128,
  logGroupName: '/judged',
  logStreamName: 'stream',
  timeoutSeconds: 30,
  traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
};

function variablesOf({ logFormat, logLevel, folder, handler }: Start): Record<string, string> {
  return {
    _HANDLER: handler,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(DETAILS.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_NAME: DETAILS.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_LOG_FORMAT: logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: DETAILS.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: DETAILS.logStreamName,
    LAMBDA_TASK_ROOT: folder,
    ...(logLevel === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: logLevel }),
  };
}

/** Returns the content of a line of JSON, or of text with JSON at the end. */
function contentOf(line: string): unknown {
  const [, text = '', json] = /^(.*?)(\{.*\})?$/s.exec(line) ?? [];
  try {
    return [comparable(text), comparable(JSON.parse(json ?? ''))];
  } catch {
    return comparable(line);
  }
}

/** Removes what differs between two processes: instants, and the runtime's own stack frames. */
function comparable(value: unknown): unknown {
  if (typeof value === 'string') {
    try {
      const content: unknown = JSON.parse(value);
      if (typeof content === 'object' && content !== null) return comparable(content);
    } catch {}
    return value.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'INSTANT');
  }
  if (Array.isArray(value)) {
    const isFrame = (item: unknown) =>
      typeof item === 'string' && item.startsWith('    at ') && !item.includes('/var/task');
    return value.filter((item) => !isFrame(item)).map(comparable);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, comparable(item)]));
}

function folderWithHandlers(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'folder'));
  const good = `
    export const handler = () => 'handler';
    export const nested = { handler: () => 'nested' };
    export const value = 1;
    export const callback = (event, context, done) => done(null, 1);
    export default { only: () => 'default', handler: () => 'default handler' };`;
  const files = {
    'good.mjs': good,
    'folder/good.mjs': good,
    'common.cjs': "exports.handler = () => 'common'; exports.nested = { handler: () => 'nested' };",
    'syntax.mjs': 'export const handler = ;',
    'throws.mjs': "throw Object.assign(new TypeError('at import'), { code: 'E1' });",
    'imports.mjs': "import 'a-package-that-does-not-exist';",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

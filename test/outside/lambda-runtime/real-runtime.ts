import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import {
  type EnvironmentProcessInput,
  followLines,
  type RequestResult,
  type StartEnvironmentProcess,
} from '../../../local/aws/lambda/environment-process.ts';
import type { EnvironmentRequest, FunctionError } from '../../../local/aws/lambda/messages.ts';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';
import { listen } from '../../support/listen.ts';
import type { CompiledProgram } from '../../support/programs/compiled-program.ts';
import { commandRuns } from '../../support/requirements.ts';

const RUNTIME = join(import.meta.dirname, 'node_modules/aws-lambda-ric');

/** Lambda's Node.js runtime. Its package compiles a library in C++. */
export const LAMBDA_RUNTIME: CompiledProgram = {
  folder: import.meta.dirname,
  builder: {
    missing: 'CMake, make and a C++ compiler',
    remedy:
      'install cmake, make, g++ and xz (Debian: apt-get install build-essential cmake xz-utils)',
    isMet: () =>
      ['cmake', 'make', 'g++', 'xz'].every((command) => commandRuns(command, '--version')),
  },
  build: ['npm', 'install', '--no-audit', '--no-fund'],
  built: join(RUNTIME, 'rapid-client.node'),
  command: [process.execPath, join(RUNTIME, 'index.mjs')],
};

/** A message to `preload.ts`. */
export type PreloadMessage =
  | { readonly kind: 'clock'; readonly clockOffsetMs: number }
  | { readonly kind: 'crash' | 'end-output' };

type Start = Extract<EnvironmentRequest, { kind: 'start' }>;
type Invoke = Extract<EnvironmentRequest, { kind: 'invoke' }>;

const API = '/2018-06-01/runtime';

/** Starts a process with Lambda's own runtime. It receives invocations from a Lambda Runtime API on the loopback interface. */
export const startRealRuntime: StartEnvironmentProcess = (input) => {
  let child: ChildProcess | undefined;
  let isEnded = false;
  const exited = Promise.withResolvers<RequestResult>();
  const runtime = createRuntimeApi();
  let endsOfOutput: (() => Promise<void>)[] = [];

  async function start({ clockOffsetMs }: Start): Promise<RequestResult> {
    const address = await runtime.listen();
    // It may have been killed meanwhile.
    if (isEnded) return exited.promise;
    child = forkRuntime(input, address, clockOffsetMs);
    endsOfOutput = [
      followLines(child.stdout, (line) => input.onLine('stdout', line)).nextEnd,
      followLines(child.stderr, (line) => input.onLine('stderr', line)).nextEnd,
    ];
    child.on('close', (code, signal) => {
      isEnded = true;
      runtime.close();
      exited.resolve({ kind: 'exited', how: signal ? `signal ${signal}` : `exit status ${code}` });
    });
    return runtime.ready;
  }

  async function perform(message: EnvironmentRequest): Promise<RequestResult> {
    const result = await Promise.race([
      message.kind === 'start' ? start(message) : runtime.invoke(message as Invoke),
      exited.promise,
    ]);
    const ends = Promise.all(endsOfOutput.map((nextEnd) => nextEnd()));
    send({ kind: 'end-output' });
    await Promise.race([ends, exited.promise]);
    return result;
  }

  function send(message: PreloadMessage): void {
    child?.send(message, () => undefined);
  }

  async function kill(): Promise<void> {
    isEnded = true;
    if (child === undefined) {
      runtime.close();
      return;
    }
    child.kill('SIGKILL');
    await exited.promise;
  }

  return {
    isAlive: () => !isEnded,
    kill,
    send: (message) => {
      if (message.kind === 'clock') send({ kind: 'clock', clockOffsetMs: message.clockOffsetMs });
      if (message.kind === 'crash') send({ kind: 'crash' });
    },
    request: async (message, timeoutSeconds) => {
      const timeout = Promise.withResolvers<RequestResult>();
      const timer = setTimeout(
        () => timeout.resolve({ kind: 'timed-out' }),
        timeoutSeconds * 1_000,
      );
      const result = await Promise.race([perform(message), timeout.promise]);
      clearTimeout(timer);
      if (result.kind === 'timed-out') await kill();
      return result;
    },
  };
};

function forkRuntime(
  { folder, variables }: EnvironmentProcessInput,
  address: string,
  clockOffsetMs: number,
): ChildProcess {
  const [, program = ''] = LAMBDA_RUNTIME.command;
  const preload = pathToFileURL(join(import.meta.dirname, 'preload.ts'));
  preload.searchParams.set('clockOffsetMs', String(clockOffsetMs));
  return endWithParent(() =>
    fork(program, {
      cwd: folder,
      env: { ...variables, AWS_LAMBDA_RUNTIME_API: address },
      execArgv: ['--import', preload.href],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }),
  );
}

/** The Lambda Runtime API of one process (developer guide, "Using the Lambda runtime API for custom runtimes"). */
function createRuntimeApi() {
  const ready = Promise.withResolvers<RequestResult>();
  let next = Promise.withResolvers<ServerResponse>();
  let reply = Promise.withResolvers<RequestResult>();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://runtime');
    if (pathname === `${API}/invocation/next`) {
      ready.resolve({ kind: 'ready' });
      next.resolve(response);
      return;
    }
    const result = await readReply(pathname, request);
    response.writeHead(202).end('{}');
    if (pathname === `${API}/init/error`) ready.resolve(result);
    else reply.resolve(result);
  });
  return {
    ready: ready.promise,
    async listen(): Promise<string> {
      const { port } = await listen(server);
      return `127.0.0.1:${port}`;
    },
    async invoke({ event, details, clockOffsetMs }: Invoke): Promise<RequestResult> {
      reply = Promise.withResolvers();
      const response = await next.promise;
      next = Promise.withResolvers();
      response.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': details.requestId,
        'lambda-runtime-deadline-ms': Date.now() + clockOffsetMs + details.timeoutSeconds * 1_000,
        'lambda-runtime-invoked-function-arn': details.functionArn,
        'lambda-runtime-trace-id': details.traceId,
      });
      response.end(event);
      return reply.promise;
    },
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readReply(pathname: string, request: IncomingMessage): Promise<RequestResult> {
  const body = await text(request);
  if (pathname.endsWith('/response')) return { kind: 'succeeded', payload: body };
  const error: FunctionError = JSON.parse(body);
  return { kind: 'failed', error };
}

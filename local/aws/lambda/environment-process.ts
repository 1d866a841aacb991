import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';
import { END_OF_OUTPUT, type EnvironmentReply, type EnvironmentRequest } from './messages.ts';

/** The result of a request: the process's reply, or that it exited, or that it took too long and was killed. */
export type RequestResult =
  | EnvironmentReply
  | { readonly kind: 'exited'; readonly how: string }
  | { readonly kind: 'timed-out' };

/** A process with the runtime and the code of a function. */
export interface EnvironmentProcess {
  isAlive(): boolean;
  /** Sends a message that has no reply. */
  send(message: EnvironmentRequest): void;
  /** Sends a message and waits for the reply. Every line written before the reply has been reported by then. */
  request(message: EnvironmentRequest, timeoutSeconds: number): Promise<RequestResult>;
  kill(): Promise<void>;
}

/** How a process is started. */
export interface EnvironmentProcessInput {
  readonly folder: string;
  /** All environment variables of the process. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onLine: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** Starts a process of the running Node.js version in `folder`. */
export type StartEnvironmentProcess = (input: EnvironmentProcessInput) => EnvironmentProcess;

/** Starts a process that runs `bootstrap.ts`. */
export const startEnvironmentProcess: StartEnvironmentProcess = (input) => {
  const program = fileURLToPath(new URL('bootstrap.ts', import.meta.url));
  const child = endWithParent(() =>
    fork(program, {
      cwd: input.folder,
      env: { ...input.variables, ...compileCache() },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }),
  );
  const exited = once(child, 'close').then(([code, signal]): RequestResult => {
    return { kind: 'exited', how: signal ? `signal ${signal}` : `exit status ${code}` };
  });
  const outputs = [
    followLines(child.stdout, (text) => input.onLine('stdout', text)),
    followLines(child.stderr, (text) => input.onLine('stderr', text)),
  ];

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }

  async function nextReply(): Promise<RequestResult> {
    const outputEnds = Promise.all(outputs.map(({ nextEnd }) => nextEnd()));
    const [reply] = await once(child, 'message');
    await outputEnds;
    return reply;
  }

  // If the process is exiting, `exited` reports it; the failed send need not.
  const send = (message: EnvironmentRequest) => void child.send(message, () => undefined);

  return {
    isAlive: () => child.connected && !child.killed,
    send,
    kill,
    request: async (message, timeoutSeconds) => {
      const timeout = Promise.withResolvers<RequestResult>();
      const timer = setTimeout(
        () => timeout.resolve({ kind: 'timed-out' }),
        timeoutSeconds * 1_000,
      );
      const results = [nextReply(), exited, timeout.promise];
      send(message);
      const result = await Promise.race(results);
      clearTimeout(timer);
      if (result.kind === 'timed-out') await kill();
      return result;
    },
  };
};

/** Reports the lines of a stream. `nextEnd` waits for {@link END_OF_OUTPUT}, which is not reported. */
export function followLines(stream: Readable | null, onLine: (text: string) => void) {
  let onEnd: () => void = () => undefined;
  if (stream) {
    createInterface({ input: stream }).on('line', (line) => {
      const [text = '', end] = line.split(END_OF_OUTPUT);
      if (text !== '' || end === undefined) onLine(text);
      if (end !== undefined) onEnd();
    });
  }
  return {
    nextEnd: () =>
      new Promise<void>((resolve) => {
        onEnd = resolve;
      }),
  };
}

/** The compile cache of this process, if any. `bootstrap.ts` hides it from the function. */
function compileCache(): Readonly<Record<string, string>> {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { END_OF_OUTPUT, type EnvironmentReply, type EnvironmentRequest } from './messages.ts';

/** What came of a message to the process: its answer, or that it ended, or that it took too long and was killed. */
export type Reply =
  | EnvironmentReply
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'late' };

/** A process that runs `bootstrap.ts`. */
export interface EnvironmentProcess {
  isAlive(): boolean;
  send(message: EnvironmentRequest): void;
  /** Tells `message` and waits for the answer, `seconds` at most. Every line written until then has been heard. */
  request(message: EnvironmentRequest, seconds: number): Promise<Reply>;
  kill(): Promise<void>;
}

/** What a process is started with. */
export interface EnvironmentProcessInput {
  readonly folder: string;
  /** The whole environment of the process. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onLine: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** Starts a process of this very Node.js in `folder`. */
export function startEnvironmentProcess(input: EnvironmentProcessInput): EnvironmentProcess {
  const child = fork(fileURLToPath(new URL('bootstrap.ts', import.meta.url)), {
    cwd: input.folder,
    env: { ...input.variables },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const closed = once(child, 'close').then(([code, signal]): Reply => {
    return { kind: 'ended', how: signal ? `signal ${signal}` : `exit status ${code}` };
  });
  const outputs = [
    followLines(child.stdout, (text) => input.onLine('stdout', text)),
    followLines(child.stderr, (text) => input.onLine('stderr', text)),
  ];

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await closed;
  }

  async function answer(): Promise<Reply> {
    const ends = Promise.all(outputs.map(({ nextEnd }) => nextEnd()));
    const [reply] = await once(child, 'message');
    await ends;
    return reply;
  }

  // A process that ends just now is noticed by `closed`, not by a failed send.
  const tell = (message: EnvironmentRequest) => void child.send(message, () => undefined);

  return {
    isAlive: () => child.connected && !child.killed,
    send: tell,
    kill,
    request: async (message, seconds) => {
      const late = Promise.withResolvers<Reply>();
      const timer = setTimeout(() => late.resolve({ kind: 'late' }), seconds * 1_000);
      const replies = [answer(), closed, late.promise];
      tell(message);
      const reply = await Promise.race(replies);
      clearTimeout(timer);
      if (reply.kind === 'late') await kill();
      return reply;
    },
  };
}

function followLines(stream: Readable | null, onLine: (text: string) => void) {
  let ended: () => void = () => undefined;
  if (stream) {
    createInterface({ input: stream }).on('line', (line) => {
      const [text = '', end] = line.split(END_OF_OUTPUT);
      if (text !== '' || end === undefined) onLine(text);
      if (end !== undefined) ended();
    });
  }
  return {
    nextEnd: () =>
      new Promise<void>((resolve) => {
        ended = resolve;
      }),
  };
}

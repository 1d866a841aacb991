import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import type { MovableClock } from '../clock.ts';

/** A process that runs like the container of a pod of the chart. */
export interface PodProcess {
  readonly pid: number;
  /** Base URL of its metrics, e.g. `http://127.0.0.1:43210`. */
  readonly url: string;
  /** The folder with the files that its probes read. */
  readonly healthFolder: string;
  /** Its output so far. */
  readonly lines: readonly string[];
  /** Stops it with SIGTERM, like Kubernetes. Returns its exit code. */
  stop(): Promise<number | null>;
  /** Kills it with SIGKILL. */
  kill(): Promise<void>;
}

interface PodProcessInput {
  /** What runs, for the error when it exits. */
  readonly name: string;
  /** Options of Node.js. @default - none */
  readonly nodeOptions?: readonly string[];
  /** The parameters of `node` in the container's command. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly healthFolder: string;
  readonly clock: MovableClock;
  /** Folder for its other files. */
  readonly folder: string;
}

/** Starts the process and waits until its metrics are served. @throws Error with its output when it exits first */
export async function startPodProcess(input: PodProcessInput): Promise<PodProcess> {
  const { name, nodeOptions = [], args, env, healthFolder, clock, folder } = input;
  const options = [...nodeOptions, '--disable-warning=ExperimentalWarning'];
  const clockPreload = await preload(folder);
  const child = endWithParent(() =>
    spawn(process.execPath, [...options, '--import', clockPreload, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }),
  );
  const sendOffset = (offsetMs: number) => {
    if (child.connected) child.send(offsetMs, () => undefined);
  };
  sendOffset(clock.offsetMs);
  const stopFollowing = clock.onMove(sendOffset);
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    stopFollowing();
    return code ?? null;
  });
  const lines: string[] = [];
  const port = await Promise.race([
    listeningPort(child, lines),
    ended.then((code) => {
      throw new Error(`the ${name} exited with code ${code}:\n${lines.join('\n')}`);
    }),
  ]);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    healthFolder,
    lines,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

/** Bundles `follow-clock.ts`: in `--lite-mode`, Node cannot strip types. Returns the path of the bundle. */
async function preload(folder: string): Promise<string> {
  const outfile = join(folder, 'follow-clock.mjs');
  const entry = join(import.meta.dirname, 'follow-clock.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' });
  return outfile;
}

/** Collects the output of the process. Returns the port from its first log line that has one. */
function listeningPort(child: ChildProcess, lines: string[]): Promise<number> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const { port }: { port?: number } = line.startsWith('{') ? JSON.parse(line) : {};
        if (port !== undefined) resolve(port);
      });
    }
  });
}

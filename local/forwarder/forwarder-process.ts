import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { FORWARDER_ENVIRONMENT } from '../../contract/forwarder.ts';
import type { ChartValues } from '../../infra/chart/chart-values.ts';
import type { MovableClock } from '../clock.ts';
import { containerEnvironment } from '../container-environment.ts';

/** A forwarder that runs on this machine as it would in a container of the chart's Deployment. */
export interface ForwarderProcess {
  readonly pid: number;
  /** Where its endpoints are, e.g. `http://127.0.0.1:43210`. */
  readonly url: string;
  /** What it has written, line by line. */
  readonly lines: readonly string[];
  /** Ends it as Kubernetes would, and says with which exit code it did. */
  stop(): Promise<number | null>;
  /** Ends it at once, with nothing sent or closed. */
  kill(): Promise<void>;
}

export interface ForwarderProcessOptions {
  /** The chart as it is installed: its folder, and the values that concern the forwarder. */
  readonly chart: {
    readonly folder: string;
    readonly values: Pick<ChartValues, 'namespaces' | 'excludedNamespaces'> & {
      readonly forwarder: Pick<ChartValues['forwarder'], 'region' | 'eventBusName'>;
    };
  };
  /** The cluster, and the token of the forwarder's ServiceAccount there. */
  readonly cluster: { readonly url: string; readonly caPem: string; readonly token: string };
  /** Where the files of the forwarder's own Secret are. */
  readonly mounted: string;
  readonly eventBridgeUrl: string;
  readonly clock: MovableClock;
  /** A folder of its own for what else it finds in its file system. */
  readonly folder: string;
}

/** Starts a forwarder and waits until its endpoints listen. @throws when it ends before, with what it wrote */
export async function startForwarderProcess(
  options: ForwarderProcessOptions,
): Promise<ForwarderProcess> {
  const { chart, clock } = options;
  const boot = await readFile(join(chart.folder, 'files', 'boot.cjs'), 'utf8');
  const child = spawn(
    process.execPath,
    [
      // As in the chart.
      '--lite-mode',
      '--disable-warning=ExperimentalWarning',
      '--import',
      await preload(options.folder),
      '-e',
      boot,
      join(chart.folder, 'files', 'forwarder.cjs.gz'),
    ],
    { env: await environmentOf(options), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  const tell = (offsetMilliseconds: number) => {
    if (child.connected) child.send(offsetMilliseconds, () => undefined);
  };
  tell(clock.offsetMs);
  const unfollow = clock.onMove(tell);
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    unfollow();
    return code ?? null;
  });
  const lines: string[] = [];
  const port = await Promise.race([
    listeningPort(child, lines),
    ended.then((code) => {
      throw new Error(`the forwarder ended with ${code}:\n${lines.join('\n')}`);
    }),
  ]);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    lines,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

/** A process without compilers has none for TypeScript either. */
async function preload(folder: string): Promise<string> {
  const outfile = join(folder, 'follow-clock.mjs');
  const entry = join(import.meta.dirname, 'follow-clock.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' });
  return outfile;
}

async function environmentOf(
  options: ForwarderProcessOptions,
): Promise<Readonly<Record<string, string>>> {
  const { chart, cluster, mounted, folder, eventBridgeUrl } = options;
  const { namespaces, excludedNamespaces, forwarder } = chart.values;
  const account = join(folder, 'serviceaccount');
  await mkdir(account, { recursive: true });
  await writeFile(join(account, 'token'), cluster.token);
  await writeFile(join(account, 'ca.crt'), cluster.caPem);
  const { hostname, port } = new URL(cluster.url);
  return {
    ...(await containerEnvironment({ mounted, file: 'credentials.process', folder })),
    AWS_REGION: forwarder.region,
    [FORWARDER_ENVIRONMENT.eventBusName]: forwarder.eventBusName,
    [FORWARDER_ENVIRONMENT.namespaces]: JSON.stringify(namespaces),
    [FORWARDER_ENVIRONMENT.excludedNamespaces]: JSON.stringify(excludedNamespaces),
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    [FORWARDER_ENVIRONMENT.serviceAccountFolder]: account,
    [FORWARDER_ENVIRONMENT.port]: '0',
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridgeUrl,
  };
}

/** Follows what the process writes; the port is in the line by which it says that it has started. */
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

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { FORWARDER_ENVIRONMENT } from '../../contract/forwarder.ts';
import type { ChartValues } from '../../infra/chart/chart-values.ts';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import type { MovableClock } from '../clock.ts';
import { containerEnvironment } from '../container-environment.ts';

/** A forwarder process, which runs like the container of the chart's Deployment. */
export interface ForwarderProcess {
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

interface ForwarderProcessOptions {
  /** The folder of the chart, and its values for the forwarder. */
  readonly chart: {
    readonly folder: string;
    readonly values: Pick<ChartValues, 'namespaces' | 'excludedNamespaces'> & {
      readonly forwarder: Pick<ChartValues['forwarder'], 'region' | 'eventBusName'>;
    };
  };
  /** The cluster, and the token of the forwarder's ServiceAccount. */
  readonly cluster: { readonly url: string; readonly caPem: string; readonly token: string };
  /** Folder with the files of the forwarder's own Secret. */
  readonly mounted: string;
  readonly eventBridgeUrl: string;
  readonly clock: MovableClock;
  /** Folder for its other files. */
  readonly folder: string;
}

/** Starts a forwarder and waits until its metrics are served. @throws Error with its output when it exits first */
export async function startForwarderProcess(
  options: ForwarderProcessOptions,
): Promise<ForwarderProcess> {
  const { chart, clock } = options;
  const boot = await readFile(join(chart.folder, 'files', 'boot.cjs'), 'utf8');
  const clockPreload = await preload(options.folder);
  const env = await environmentOf(options);
  const child = endWithParent(() =>
    spawn(
      process.execPath,
      [
        // The same options as in the chart.
        '--lite-mode',
        '--disable-warning=ExperimentalWarning',
        '--import',
        clockPreload,
        '-e',
        boot,
        join(chart.folder, 'files', 'forwarder.cjs.gz'),
      ],
      { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    ),
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
      throw new Error(`the forwarder exited with code ${code}:\n${lines.join('\n')}`);
    }),
  ]);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    healthFolder: env[FORWARDER_ENVIRONMENT.healthFolder] ?? '',
    lines,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

/** Bundles `follow-clock.ts`: in `--lite-mode`, Node cannot strip types. Returns the path of the bundle. */
export async function preload(folder: string): Promise<string> {
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
  const health = join(folder, 'health');
  for (const created of [account, health]) await mkdir(created, { recursive: true });
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
    [FORWARDER_ENVIRONMENT.healthFolder]: health,
    [FORWARDER_ENVIRONMENT.port]: '0',
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridgeUrl,
  };
}

/** Collects the output of the process. Returns the port from its first log line that has one. */
export function listeningPort(child: ChildProcess, lines: string[]): Promise<number> {
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

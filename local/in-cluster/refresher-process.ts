import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { IN_CLUSTER_ENVIRONMENT } from '../../contract/in-cluster.ts';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import type { MovableClock } from '../clock.ts';
import type { EmbeddedCloud } from '../cloud.ts';
import { containerEnvironment } from '../container-environment.ts';
import { listeningPort, preload } from '../forwarder/forwarder-process.ts';

/** Set if its own credentials come from a token of its ServiceAccount. */
const WEB_IDENTITY_TOKEN_FILE = 'AWS_WEB_IDENTITY_TOKEN_FILE';

/** A process that runs like the container of a pod of the refresher's Deployment. */
export interface RefresherProcess {
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

interface RefresherProcessOptions {
  /** The pod, whose volumes a kubelet has set up. */
  readonly pod: V1Pod;
  /** The folder with the pod's volumes. */
  readonly volumes: string;
  readonly cluster: { readonly url: string };
  readonly cloud: Pick<EmbeddedCloud, 'sts' | 'logsApi'>;
  readonly clock: MovableClock;
  /** Folder for its other files. */
  readonly folder: string;
}

/**
 * Starts the command of a pod's container with its variables and the files of its volumes, and waits until its metrics are
 * served.
 *
 * @throws Error with its output when it exits first
 */
export async function startRefresherProcess(
  options: RefresherProcessOptions,
): Promise<RefresherProcess> {
  const { pod, volumes, clock, folder } = options;
  const [container] = pod.spec?.containers ?? [];
  const [command, ...parameters] = container?.command ?? [];
  if (command !== 'node') throw new Error(`the container runs ${command}`);
  const code = join(volumes, 'kubernetes.io~projected', 'code');
  const args = parameters.map((one) => one.replace(/^\/app\//, `${code}/`));
  await mkdir(folder, { recursive: true });
  const env = await environmentOf(options);
  const clockPreload = await preload(folder);
  const child = endWithParent(() =>
    spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', clockPreload, ...args],
      { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    ),
  );
  const sendOffset = (offsetMs: number) => {
    if (child.connected) child.send(offsetMs, () => undefined);
  };
  sendOffset(clock.offsetMs);
  const stopFollowing = clock.onMove(sendOffset);
  const ended = once(child, 'close').then(([exitCode]: (number | null)[]) => {
    stopFollowing();
    return exitCode ?? null;
  });
  const lines: string[] = [];
  const port = await Promise.race([
    listeningPort(child, lines),
    ended.then((exitCode) => {
      throw new Error(`the refresher exited with code ${exitCode}:\n${lines.join('\n')}`);
    }),
  ]);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    healthFolder: env[IN_CLUSTER_ENVIRONMENT.healthFolder] ?? '',
    lines,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

async function environmentOf({
  pod,
  volumes,
  cluster,
  cloud,
  folder,
}: RefresherProcessOptions): Promise<Readonly<Record<string, string>>> {
  // The API server omits empty values, and the kubelet reads $$ as $.
  const variables = (pod.spec?.containers[0]?.env ?? []).flatMap(
    ({ name, value = '', valueFrom }) =>
      valueFrom === undefined ? [[name, value.replaceAll('$$', '$')] as const] : [],
  );
  const { hostname, port } = new URL(cluster.url);
  const health = join(folder, 'health');
  await mkdir(health, { recursive: true });
  const projected = join(volumes, 'kubernetes.io~projected');
  const own = Object.fromEntries(variables);
  return {
    ...own,
    ...(WEB_IDENTITY_TOKEN_FILE in own
      ? { [WEB_IDENTITY_TOKEN_FILE]: join(projected, 'sts-token', 'token') }
      : await containerEnvironment({
          mounted: join(volumes, 'kubernetes.io~secret', 'aws-iam'),
          file: 'credentials.process',
          folder,
        })),
    [IN_CLUSTER_ENVIRONMENT.podName]: pod.metadata?.name ?? '',
    [IN_CLUSTER_ENVIRONMENT.healthFolder]: health,
    [IN_CLUSTER_ENVIRONMENT.serviceAccountFolder]: join(projected, 'service-account'),
    [IN_CLUSTER_ENVIRONMENT.port]: '0',
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    AWS_ENDPOINT_URL_STS: cloud.sts.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloud.logsApi.url,
  };
}

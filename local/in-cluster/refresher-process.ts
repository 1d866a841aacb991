import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { IN_CLUSTER_ENVIRONMENT } from '../../contract/in-cluster.ts';
import type { MovableClock } from '../clock.ts';
import type { EmbeddedCloud } from '../cloud.ts';
import { containerEnvironment } from '../container-environment.ts';
import { type PodProcess, startPodProcess } from '../pod-process/pod-process.ts';

/** Set if its own credentials come from a token of its ServiceAccount. */
const WEB_IDENTITY_TOKEN_FILE = 'AWS_WEB_IDENTITY_TOKEN_FILE';

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
export async function startRefresherProcess(options: RefresherProcessOptions): Promise<PodProcess> {
  const { pod, volumes, clock, folder } = options;
  const [container] = pod.spec?.containers ?? [];
  const [command, ...parameters] = container?.command ?? [];
  if (command !== 'node') throw new Error(`the container runs ${command}`);
  const code = join(volumes, 'kubernetes.io~projected', 'code');
  const args = parameters.map((one) => one.replace(/^\/app\//, `${code}/`));
  await mkdir(folder, { recursive: true });
  const env = await environmentOf(options);
  return startPodProcess({
    name: 'refresher',
    args,
    env,
    healthFolder: env[IN_CLUSTER_ENVIRONMENT.healthFolder] ?? '',
    clock,
    folder,
  });
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

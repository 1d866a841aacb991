import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FORWARDER_ENVIRONMENT } from '../../contract/forwarder.ts';
import type { ChartValues } from '../../infra/chart/chart-values.ts';
import type { MovableClock } from '../clock.ts';
import { containerEnvironment } from '../container-environment.ts';
import { type PodProcess, startPodProcess } from '../pod-process/pod-process.ts';

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
export async function startForwarderProcess(options: ForwarderProcessOptions): Promise<PodProcess> {
  const { chart, clock } = options;
  const boot = await readFile(join(chart.folder, 'files', 'boot.cjs'), 'utf8');
  const env = await environmentOf(options);
  return startPodProcess({
    name: 'forwarder',
    // The same options as in the chart.
    nodeOptions: ['--lite-mode'],
    args: ['-e', boot, join(chart.folder, 'files', 'forwarder.cjs.gz')],
    env,
    healthFolder: env[FORWARDER_ENVIRONMENT.healthFolder] ?? '',
    clock,
    folder: options.folder,
  });
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

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import { canRunLayerBinaries } from '../../tools/helm/layer-binary.ts';
import { type ApiClient, apiClient } from '../api-client.ts';
import type { HelmChart } from '../assembly/resources/helm-chart.ts';
import { helm } from '../helm.ts';
import { assertComponents, COMPONENTS } from '../real-cluster/components.ts';
import { type RealClusterOptions, startRealCluster } from '../real-cluster/real-cluster.ts';
import { waitUntil } from '../wait-until.ts';
import type { InstalledCluster, InstallInput } from './installed-cluster.ts';

/** @throws Error with instructions when the binaries of the real cluster are missing, or Helm does not run here */
export function assertRealClusterRuns(): void {
  assertComponents(COMPONENTS);
  if (!canRunLayerBinaries()) {
    throw new Error('a real cluster needs Helm, which is included for Linux on x86-64 only');
  }
}

/**
 * Starts the real Kubernetes binaries with one hollow node: a real kubelet without containers. The API server verifies
 * EKS tokens by webhook, as on EKS. Helm installs the chart, as CDK's function does.
 *
 * @param apiServerFlags - additional flags of kube-apiserver
 */
export async function installOnRealCluster(
  input: InstallInput,
  apiServerFlags: RealClusterOptions['apiServerFlags'] = {},
): Promise<InstalledCluster> {
  const { authenticate, chart, folder, print } = input;
  return startWithProduct(
    {
      authenticate,
      apiServerFlags,
      beforeControllers: ({ kubeconfigPath }) => installChart(chart, kubeconfigPath, folder),
    },
    async (api) => {
      const { body: version } = await api.send('GET', '/version');
      print(`kube-apiserver ${version['gitVersion']}, which verifies EKS tokens by webhook`);
      print(`the chart, release ${chart.release}, installed by Helm with the values of the stack`);
    },
  );
}

/**
 * Starts the real Kubernetes binaries with one hollow node, and waits until the product is installed.
 *
 * @param options - `beforeControllers` installs the product
 */
export async function startWithProduct(
  options: RealClusterOptions,
  onInstalled: (api: ApiClient) => Promise<void> = async () => undefined,
): Promise<InstalledCluster> {
  const cluster = await startRealCluster({ nodes: 1, ...options });
  const api = apiClient({ ...cluster, token: cluster.adminToken });
  try {
    await waitUntilInstalled(api);
    await onInstalled(api);
  } catch (error) {
    await api.close();
    await cluster.stop();
    throw error;
  }
  return {
    ...cluster,
    async syncVolumes(namespace, pod) {
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
      const { status } = await api.send('PATCH', path, {
        // A kubelet syncs a pod when the pod changes.
        body: { metadata: { annotations: { 'kube-aws-iam-demo/synced-at': `${Date.now()}` } } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      if (status !== 200) throw new Error(`cannot annotate pod ${namespace}/${pod}: ${status}`);
    },
    forwarderToken: (podUid) => {
      const volumes = cluster.podVolumesPath(podUid);
      return readFile(join(volumes, 'kubernetes.io~projected', 'service-account', 'token'), 'utf8');
    },
    async stop() {
      await api.close();
      await cluster.stop();
    },
  };
}

/** Installs the chart as CDK's function does when the stack is deployed. */
async function installChart(
  { release, chartFolder, namespace, createNamespace, values }: HelmChart,
  kubeconfigPath: string,
  folder: string,
): Promise<void> {
  const valuesFile = join(folder, 'values.json');
  await writeFile(valuesFile, JSON.stringify(values));
  await helm(
    'upgrade',
    ...[release, chartFolder, '--install', '--namespace', namespace, '--values', valuesFile],
    ...(createNamespace ? ['--create-namespace'] : []),
    ...['--kubeconfig', kubeconfigPath],
  );
}

/** Helm returns before the API server serves a new kind, and before a new Deployment has a pod. */
async function waitUntilInstalled(api: ApiClient): Promise<void> {
  await waitUntil('AWSIAMRoles to be served', async () => {
    const path = `/apis/${AWSIAMROLE.apiVersion}/${AWSIAMROLE.plural}`;
    const response = await api.open('GET', path);
    await response.text();
    return response.ok || undefined;
  });
  await waitUntil("the forwarder's pod", async () => {
    const { body } = await api.send('GET', `/api/v1/namespaces/${PRODUCT_NAMESPACE}/pods`);
    return body.items[0];
  });
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AWSIAMROLE } from '../../contract/awsiamrole.ts';
import { layerBinariesRun } from '../../tools/helm/layer-binary.ts';
import { type ApiClient, apiClient } from '../api-client.ts';
import type { HelmChart } from '../assembly/resources/helm-chart.ts';
import { helm } from '../helm.ts';
import { assertComponents, COMPONENTS } from '../real-cluster/components.ts';
import { startRealCluster } from '../real-cluster/real-cluster.ts';
import { waitUntil } from '../wait-until.ts';
import type { InstalledCluster, InstallInput } from './installed-cluster.ts';

/** @throws when a real cluster, or what the demo does to it, cannot run here, with what there is to do */
export function assertRealClusterRuns(): void {
  assertComponents(COMPONENTS);
  if (!layerBinariesRun()) {
    throw new Error('the demo on a real cluster needs Helm, which comes for Linux on x86-64 only');
  }
}

/**
 * Starts Kubernetes' own binaries with one hollow node, a real kubelet whose containers are pretended. The API server asks
 * by webhook whose an EKS token is, as on EKS, and Helm installs the chart as CDK's function would.
 */
export async function installOnRealCluster(input: InstallInput): Promise<InstalledCluster> {
  const { authenticate, chart, folder, say } = input;
  const cluster = await startRealCluster({
    nodes: 1,
    authenticate,
    beforeControllers: async ({ kubeconfigPath }) => {
      await installChart(chart, kubeconfigPath, folder);
    },
  });
  const api = apiClient({ ...cluster, token: cluster.adminToken });
  try {
    await untilInstalled(api, chart);
    const { body: version } = await api.send('GET', '/version');
    say(`kube-apiserver ${version['gitVersion']}, which asks by webhook whose an EKS token is`);
    say(`Helm has installed the chart, release ${chart.release}, with the values of the stack`);
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
        // A kubelet looks at a pod again when the pod changes.
        body: { metadata: { annotations: { 'kube-aws-iam-demo/looked-at': `${Date.now()}` } } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      if (status !== 200) throw new Error(`pod ${namespace}/${pod} cannot be annotated: ${status}`);
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

/** Does what CDK's function does when the stack is deployed. */
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

/** Helm is done before the API server serves a new kind, and before there is a pod of a new Deployment. */
async function untilInstalled(api: ApiClient, { namespace }: HelmChart): Promise<void> {
  await waitUntil('AWSIAMRoles to be served', async () => {
    const path = `/apis/${AWSIAMROLE.apiVersion}/${AWSIAMROLE.plural}`;
    const answer = await api.open('GET', path);
    await answer.text();
    return answer.ok || undefined;
  });
  await waitUntil("the forwarder's pod", async () => {
    const { body } = await api.send('GET', `/api/v1/namespaces/${namespace}/pods`);
    return body.items[0];
  });
}

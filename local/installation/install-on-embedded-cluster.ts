import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ApiextensionsV1Api,
  CoreV1Api,
  loadYaml,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import { CHART_FOLDER } from '../../infra/chart/chart-files.ts';
import type { HelmChart } from '../assembly/resources/helm-chart.ts';
import { authorizeByRules } from '../kubernetes/access/authorization.ts';
import { chartRules, FORWARDER_USER } from '../kubernetes/access/chart-rules.ts';
import { startEmbeddedCluster } from '../kubernetes/embedded-cluster.ts';
import { startKubelet } from '../kubernetes/kubelet/kubelet.ts';
import { forwarderSecret } from './forwarder-pod.ts';
import { adminConfig, type InstalledCluster, type InstallInput } from './installed-cluster.ts';
import { createPod } from './pods.ts';

/**
 * Starts the embedded Kubernetes API and its kubelet. They cannot render the chart: authorization uses the rules in it,
 * and its CustomResourceDefinition and a pod for the forwarder are created here.
 */
export async function installOnEmbeddedCluster(input: InstallInput): Promise<InstalledCluster> {
  const { clock, authenticate, chart, folder, print } = input;
  const forwarderToken = randomUUID();
  const cluster = await startEmbeddedCluster({
    clock,
    authenticate: async (token) =>
      token === forwarderToken ? FORWARDER_USER : authenticate(token),
    authorize: authorizeByRules(await chartRules()),
  });
  await createChartObjects(cluster, chart);
  const { url, caPem, adminToken: token } = cluster;
  const kubelet = startKubelet({ url, caPem, token, directory: join(folder, 'kubelet') });
  print('the embedded Kubernetes API, with the RBAC rules of the chart');
  return {
    ...cluster,
    podVolumesPath: kubelet.podVolumesPath,
    // This kubelet watches Secrets.
    syncVolumes: async () => undefined,
    forwarderToken: async () => forwarderToken,
    async stop() {
      await kubelet.stop();
      await cluster.stop();
    },
  };
}

async function createChartObjects(
  cluster: Parameters<typeof adminConfig>[0],
  chart: HelmChart,
): Promise<void> {
  const config = adminConfig(cluster);
  const admin = config.makeApiClient(CoreV1Api);
  const definitions = config.makeApiClient(ApiextensionsV1Api);
  await definitions.createCustomResourceDefinition({ body: await awsIamRoleDefinition() });
  await admin.createNamespace({ body: { metadata: { name: PRODUCT_NAMESPACE } } });
  const secrets = [forwarderSecret(chart)];
  await createPod({ admin }, { namespace: PRODUCT_NAMESPACE, name: 'forwarder', secrets });
}

async function awsIamRoleDefinition(): Promise<V1CustomResourceDefinition> {
  const file = `${AWSIAMROLE.plural}.${AWSIAMROLE.group}.yaml`;
  return loadYaml(await readFile(join(CHART_FOLDER, 'definitions', file), 'utf8'));
}

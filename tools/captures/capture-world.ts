import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../contract/kubernetes/namespace.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import { functionNameOf } from '../../infra/names.ts';
import { MovableClock } from '../../local/clock.ts';
import { installOnRealCluster } from '../../local/installation/install-on-real-cluster.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  type Installation,
  REGION,
  startInstallation,
  synthesizeProduct,
} from '../../local/installation/installation.ts';
import { operatorCredentials, shellEnvironment } from '../../local/installation/operator.ts';
import { createPod, waitUntilRunning } from '../../local/installation/pods.ts';
import { addTrustingRole } from '../../local/installation/trusting-role.ts';
import { writeKubeconfig } from '../../local/real-cluster/kubeconfig.ts';

/** The cluster in `cdk.json`. */
export const SETTINGS = {
  clusterName: CLUSTER_NAME,
  account: ACCOUNT,
  region: REGION,
  assumableRoles: ['app-*'],
};

/** A pod and the role that it requests. */
interface PodWithRole {
  readonly namespace: string;
  readonly name: string;
  readonly role: string;
}

const HEALTHY_PODS: readonly PodWithRole[] = [
  { namespace: 'shop', name: 'orders-7d9c5', role: 'app-orders' },
  { namespace: 'shop', name: 'carts-5f6d8', role: 'app-carts' },
  { namespace: 'media', name: 'thumbs-6c7f9', role: 'app-thumbs' },
];
/** Its role does not trust the refresher. */
const DENIED_POD: PodWithRole = {
  namespace: 'billing',
  name: 'invoices-66b4d',
  role: 'app-invoices',
};
/** Its namespace is not annotated. */
const REFUSED_POD: PodWithRole = { namespace: 'sandbox', name: 'play-84c6f', role: 'app-orders' };
/** Created last, so that it waits for the next refresh. */
const NEW_POD: PodWithRole = { namespace: 'shop', name: 'search-79b8d', role: 'app-search' };
const AWSIAMROLE_ROLE = 'app-warehouse';

/**
 * Installs the product on a real cluster, creates pods with and without credentials, and calls `use` with the shell
 * environment of an operator.
 */
export async function withCaptureWorld(
  use: (environment: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-aws-iam-captures-'));
  try {
    const installation = await install(folder);
    try {
      await createObjects(installation);
      await use(await operatorEnvironment(installation, folder));
    } finally {
      await installation.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function operatorEnvironment(
  { cloud, cluster }: Installation,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const { url, caPem, adminToken: token } = cluster;
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { url, caPem, token });
  const credentials = operatorCredentials(cloud, 'operator', [{ actions: ['*'] }]);
  return { ...shellEnvironment(cloud, credentials), KUBECONFIG: kubeconfig };
}

async function install(folder: string): Promise<Installation> {
  const assembly = await synthesizeProduct(folder, SETTINGS.assumableRoles);
  // The CLI uses the machine's clock, so the installation does too.
  const clock = new MovableClock();
  return startInstallation(folder, assembly, installOnRealCluster, () => undefined, { clock });
}

async function createObjects(installation: Installation): Promise<void> {
  for (const { role } of [...HEALTHY_PODS, NEW_POD]) addTrustingRole(installation, role);
  addTrustingRole(installation, AWSIAMROLE_ROLE);
  addTrustingRole(installation, DENIED_POD.role, `arn:aws:iam::${ACCOUNT}:role/other`);
  for (const namespace of ['shop', 'media', 'billing', 'reporting']) {
    await createNamespace(installation, namespace, {
      [ALLOWED_ROLES_ANNOTATION]: JSON.stringify(SETTINGS.assumableRoles),
    });
  }
  await createNamespace(installation, 'sandbox');
  await createAwsIamRole(installation);
  for (const pod of [...HEALTHY_PODS, DENIED_POD, REFUSED_POD]) {
    await createPodWithRole(installation, pod);
  }
  await refresh(installation);
  for (const pod of HEALTHY_PODS) await waitUntilRunning(installation, pod);
  await createPodWithRole(installation, NEW_POD);
}

async function createNamespace(
  { admin }: Installation,
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): Promise<void> {
  await admin.createNamespace({ body: { metadata: { name, annotations } } });
}

async function createAwsIamRole({ customObjects }: Installation): Promise<void> {
  const { group, version, plural, apiVersion, kind } = AWSIAMROLE;
  await customObjects.createNamespacedCustomObject({
    group,
    version,
    plural,
    namespace: 'reporting',
    body: {
      apiVersion,
      kind,
      metadata: { name: 'warehouse' },
      spec: { roleReference: AWSIAMROLE_ROLE },
    },
  });
}

function createPodWithRole(
  installation: Installation,
  { namespace, name, role }: PodWithRole,
): Promise<void> {
  return createPod(installation, { namespace, name, secrets: [SECRET_NAME_PREFIX + role] });
}

async function refresh({ cloud }: Installation): Promise<void> {
  const name = functionNameOf(CLUSTER_NAME, 'refresh');
  const result = await cloud.functions.invoke(name, { pass: 'refresh' });
  if (result.kind !== 'success') throw new Error(`refresh failed: ${JSON.stringify(result)}`);
}

import { waitUntil } from '../../local/wait-until.ts';
import { type ChartedCluster, realChartedCluster } from '../../test/support/charted-cluster.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  type Deployment,
  deploy,
  REFRESH,
  REGION,
} from '../../test/support/deployment.ts';
import { operatorCredentials, shellEnvironment } from '../../test/support/operator.ts';

/** What `cdk.json` says of the cluster. */
export const SETTINGS = {
  clusterName: CLUSTER_NAME,
  account: ACCOUNT,
  region: REGION,
  assumableRoles: ['app-*'],
  installChart: false,
};

/** A pod and the role that it wants. */
interface Workload {
  readonly namespace: string;
  readonly pod: string;
  readonly role: string;
}

const HEALTHY: readonly Workload[] = [
  { namespace: 'shop', pod: 'orders-7d9c5', role: 'app-orders' },
  { namespace: 'shop', pod: 'carts-5f6d8', role: 'app-carts' },
  { namespace: 'media', pod: 'thumbs-6c7f9', role: 'app-thumbs' },
];
/** Its role does not trust the refresher. */
const DENIED: Workload = {
  namespace: 'billing',
  pod: 'invoices-66b4d',
  role: 'app-invoices',
};
/** Its namespace is not annotated. */
const REFUSED: Workload = {
  namespace: 'sandbox',
  pod: 'play-84c6f',
  role: 'app-orders',
};
/** Comes last, and waits for the next refresh. */
const NEW: Workload = { namespace: 'shop', pod: 'search-79b8d', role: 'app-search' };

/** The product in front of a real cluster with some life in it, and the shell of a person who looks after it. */
export interface CaptureWorld extends Deployment {
  readonly cluster: ChartedCluster;
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts all of it, up to pods that run. */
export async function startCaptureWorld(): Promise<CaptureWorld> {
  const start = realChartedCluster({ nodes: 1 }, { 'forwarder.replicas': 1 });
  const deployment = await deploy(start, SETTINGS);
  const { cloud, cluster } = deployment;
  const operator = operatorCredentials(cloud, 'operator', [{ actions: ['*'] }]);
  const environment = {
    ...shellEnvironment(cloud, operator),
    KUBECONFIG: cluster.kubeconfigPath,
  };
  const world = { ...deployment, environment };
  await fill(world);
  return world;
}

async function fill(world: CaptureWorld): Promise<void> {
  for (const { role } of [...HEALTHY, NEW, { role: 'app-warehouse' }]) world.addPodRole(role);
  world.addPodRole(DENIED.role, 'nobody');
  for (const namespace of ['shop', 'media', 'billing', 'reporting']) {
    await world.cluster.createNamespace(namespace, ['app-*']);
  }
  await create(world, '/api/v1/namespaces', { metadata: { name: 'sandbox' } });
  await create(world, '/apis/zalando.org/v1/namespaces/reporting/awsiamroles', {
    apiVersion: 'zalando.org/v1',
    kind: 'AWSIAMRole',
    metadata: { name: 'warehouse' },
    spec: { roleReference: 'app-warehouse' },
  });
  for (const workload of [...HEALTHY, DENIED, REFUSED]) await addPod(world, workload);
  await world.invoke(REFRESH, { pass: 'refresh' });
  for (const { namespace, pod } of HEALTHY) await untilRunning(world, namespace, pod);
  await addPod(world, NEW);
}

async function addPod(world: CaptureWorld, { namespace, pod, role }: Workload): Promise<void> {
  const container = {
    name: 'app',
    image: 'app',
    volumeMounts: [{ name: 'aws-iam', mountPath: '/meta/aws-iam' }],
  };
  await create(world, `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name: pod },
    spec: {
      containers: [container],
      volumes: [{ name: 'aws-iam', secret: { secretName: `aws-iam-${role}` } }],
    },
  });
}

async function untilRunning(world: CaptureWorld, namespace: string, pod: string): Promise<void> {
  await waitUntil(`pod ${namespace}/${pod} to run`, async () => {
    const { body } = await world.cluster.admin(
      'GET',
      `/api/v1/namespaces/${namespace}/pods/${pod}`,
    );
    const { phase } = body['status'] as { phase: string };
    return phase === 'Running' || undefined;
  });
}

async function create({ cluster }: CaptureWorld, path: string, body: object): Promise<void> {
  const answer = await cluster.admin('POST', path, body);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
}

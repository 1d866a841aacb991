import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../../contract/kubernetes/namespace.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/kubernetes/secret.ts';
import type { ChartValues } from '../../../infra/chart/chart-values.ts';
import { type ApiBody, type ApiClient, apiClient } from '../../../local/api-client.ts';
import { resourcesOf } from '../../../local/assembly/assembly.ts';
import type { MovableClock } from '../../../local/clock.ts';
import { startForwarderProcess } from '../../../local/forwarder/forwarder-process.ts';
import { authorizeByRules } from '../../../local/kubernetes/access/authorization.ts';
import { chartRules, FORWARDER_USER } from '../../../local/kubernetes/access/chart-rules.ts';
import type { Authenticate } from '../../../local/kubernetes/access/user-info.ts';
import { startEmbeddedCluster } from '../../../local/kubernetes/embedded-cluster.ts';
import type { PodProcess } from '../../../local/pod-process/pod-process.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { installAwsIamRoles } from '../chart/awsiamrole-definition.ts';
import { chartCluster } from '../chart/chart-cluster.ts';
import { forwarderPod } from '../chart/forwarder-manifests.ts';
import { renderChart } from '../chart/helm.ts';
import { type Deployment, deploy, REFRESH, type StartedCluster } from './deployment.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** A cluster that the product can be connected to. */
export interface ProductCluster extends StartedCluster {
  /** Description for output. */
  readonly server: string;
  readonly adminToken: string;
  /** Only of a real cluster. */
  readonly real?: RealCluster;
  /** Only of an embedded cluster. */
  readonly dropConnections?: () => void;
}

/** The complete product: functions, event bus, and a forwarder that watches the cluster. */
export interface Product {
  readonly deployment: Deployment & { readonly cluster: ProductCluster };
  readonly admin: ApiClient;
  readonly forwarder: PodProcess;
  /** Starts another forwarder, as Kubernetes does after an exit. */
  restartForwarder(): Promise<void>;
  /** Closes every connection to an embedded cluster. */
  readonly dropConnections: (() => void) | undefined;
  /** Creates a namespace that allows all roles `app-*`. */
  createNamespace(name: string): Promise<void>;
  /** Creates a pod that mounts the Secrets. */
  createPod(namespace: string, name: string, secretNames: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface ProductOptions {
  /** Whether to use a real control plane. @default false */
  readonly real?: boolean;
  /** Number of hollow kubelets of a real cluster. */
  readonly nodes?: number;
  /** Starts a proxy between the functions and the port of the cluster. */
  readonly wire?: (port: number) => Promise<TcpProxy>;
}

/** Starts the product and a forwarder that watches, with credentials that the product issued. */
export async function startProduct({
  real = false,
  nodes = 0,
  wire,
}: ProductOptions = {}): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'product-'));
  const deployment = await deploy(
    async (authenticate, clock) =>
      wired(
        await (real ? realCluster(authenticate, nodes) : embeddedCluster(authenticate, clock)),
        wire,
      ),
    { installChart: true },
  );
  const { cluster } = deployment;
  const admin = apiClient({ ...cluster, token: cluster.adminToken });
  try {
    if (cluster.real) await installChart(cluster.real);
    else await installAwsIamRoles(admin);
    const start = await forwarderStarter(deployment, admin, folder);
    let forwarder = await start();
    return {
      deployment,
      admin,
      get forwarder() {
        return forwarder;
      },
      restartForwarder: async () => {
        forwarder = await start();
      },
      dropConnections: cluster.dropConnections,
      createNamespace: (name) => createNamespace(admin, name),
      createPod: (namespace, name, secretNames) => createPod(admin, namespace, name, secretNames),
      async stop() {
        await forwarder.stop();
        await admin.close();
        await deployment.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await admin.close();
    await deployment.stop();
    throw error;
  }
}

/** The cluster, with an endpoint in EKS that leads through a proxy. */
async function wired(
  cluster: ProductCluster,
  wire: ProductOptions['wire'],
): Promise<ProductCluster> {
  const proxy = await wire?.(Number(new URL(cluster.url).port));
  if (proxy === undefined) return cluster;
  return {
    ...cluster,
    endpoint: `https://127.0.0.1:${proxy.port}`,
    async stop() {
      await proxy.stop();
      await cluster.stop();
    },
  };
}

async function realCluster(authenticate: Authenticate, nodes: number): Promise<ProductCluster> {
  const real = await startRealCluster({
    nodes,
    authenticate,
    // The default of kube-apiserver.
    apiServerFlags: { 'authentication-token-webhook-cache-ttl': '2m' },
  });
  const client = apiClient({ ...real, token: real.adminToken });
  const { body } = await client.send('GET', '/version');
  await client.close();
  return { ...real, real, server: `kube-apiserver ${body['gitVersion']}` };
}

const FORWARDER_TOKEN = 'token-of-the-forwarder';

async function embeddedCluster(
  authenticate: Authenticate,
  clock: MovableClock,
): Promise<ProductCluster> {
  // kube-apiserver caches results for two minutes.
  const known = new Map<string, ReturnType<Authenticate>>();
  const authenticateOnce: Authenticate = (token) => {
    const user = known.get(token) ?? authenticate(token);
    known.set(token, user);
    return user;
  };
  const cluster = await startEmbeddedCluster({
    clock,
    authorize: authorizeByRules(await chartRules()),
    authenticate: async (token) =>
      token === FORWARDER_TOKEN ? FORWARDER_USER : authenticateOnce(token),
  });
  return { ...cluster, server: 'the embedded Kubernetes API' };
}

/** Installs the chart like the stack, without the Deployment: the test starts the forwarder. */
async function installChart(real: RealCluster): Promise<void> {
  const cluster = chartCluster(real);
  for (const manifest of await renderChart()) {
    if (manifest.kind !== 'Deployment') await cluster.apply(manifest);
  }
  await cluster.close();
}

async function createNamespace(admin: ApiClient, name: string): Promise<void> {
  const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["app-*"]' };
  await post(admin, '/api/v1/namespaces', { metadata: { name, annotations } });
}

async function createPod(
  admin: ApiClient,
  namespace: string,
  name: string,
  secretNames: readonly string[],
): Promise<void> {
  const volumes = secretNames.map((secretName, i) => ({ name: `v${i}`, secret: { secretName } }));
  const volumeMounts = volumes.map((volume, i) => ({ name: volume.name, mountPath: `/m${i}` }));
  await post(admin, `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name },
    spec: {
      containers: [{ name: 'c', image: 'app', volumeMounts }],
      volumes,
      terminationGracePeriodSeconds: 0,
    },
  });
}

async function post(admin: ApiClient, path: string, body: object): Promise<ApiBody> {
  const answer = await admin.send('POST', path, { body });
  if (answer.status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Has the product create the forwarder's Secret, and returns a function that starts a forwarder with it. */
async function forwarderStarter(
  deployment: Deployment & { readonly cluster: ProductCluster },
  admin: ApiClient,
  folder: string,
): Promise<() => Promise<PodProcess>> {
  const { cloud, clock, cluster } = deployment;
  const [chart] = resourcesOf(cloud.assembly, 'helm-chart');
  if (chart === undefined) throw new Error('the stack does not install the chart');
  const values = chart.values as ChartValues;
  const { forwarder } = values;
  if (forwarder.credentials.source !== 'secret')
    throw new Error('the forwarder has other credentials');
  const secretName = `${SECRET_NAME_PREFIX}${forwarder.credentials.roleName}`;
  if (cluster.real) {
    // From the Deployment, as the namespace enforces a strict security profile.
    const { spec } = forwarderPod(await renderChart());
    const pods = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/pods`;
    await post(admin, pods, { metadata: { name: 'forwarder' }, spec });
  } else {
    await post(admin, '/api/v1/namespaces', { metadata: { name: PRODUCT_NAMESPACE } });
    await createPod(admin, PRODUCT_NAMESPACE, 'forwarder', [secretName]);
  }
  await deployment.invoke(REFRESH, { pass: 'refresh' });
  const options = {
    chart: { folder: chart.chartFolder, values },
    cluster: { ...cluster, token: await forwarderToken(cluster, admin) },
    mounted: await mountSecret(admin, secretName, folder),
    eventBridgeUrl: cloud.eventBridge.url,
    clock,
    folder,
  };
  return () => startForwarderProcess(options);
}

async function forwarderToken(cluster: ProductCluster, admin: ApiClient): Promise<string> {
  if (!cluster.real) return FORWARDER_TOKEN;
  const account = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/serviceaccounts/${FORWARDER_SERVICE_ACCOUNT}`;
  const { status } = await post(admin, `${account}/token`, { spec: { expirationSeconds: 3_600 } });
  return (status as { token: string }).token;
}

/** Writes the files of a Secret in the product's namespace, like a kubelet. */
async function mountSecret(admin: ApiClient, name: string, folder: string): Promise<string> {
  const { status, body } = await admin.send(
    'GET',
    `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets/${name}`,
  );
  if (status !== 200)
    throw new Error(`the product did not create ${name}: ${JSON.stringify(body)}`);
  const mounted = join(folder, 'mounted');
  await mkdir(mounted);
  for (const [key, value] of Object.entries(body['data'] as Record<string, string>)) {
    await writeFile(join(mounted, key), Buffer.from(value, 'base64'));
  }
  return mounted;
}

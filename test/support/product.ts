import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../contract/kubernetes/namespace.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import type { ChartValues } from '../../infra/chart/chart-values.ts';
import { type ApiBody, type ApiClient, apiClient } from '../../local/api-client.ts';
import { resourcesOf } from '../../local/assembly/assembly.ts';
import type { MovableClock } from '../../local/clock.ts';
import {
  type ForwarderProcess,
  startForwarderProcess,
} from '../../local/forwarder/forwarder-process.ts';
import { authorizeByRules } from '../../local/kubernetes/access/authorization.ts';
import { chartRules, FORWARDER_USER } from '../../local/kubernetes/access/chart-rules.ts';
import type { Authenticate } from '../../local/kubernetes/access/user-info.ts';
import { startEmbeddedCluster } from '../../local/kubernetes/embedded-cluster.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { installAwsIamRoles } from './awsiamrole-definition.ts';
import { chartCluster } from './chart-cluster.ts';
import { type Deployment, deploy, REFRESH, type StartedCluster } from './deployment.ts';
import { forwarderPod } from './forwarder-manifests.ts';
import { renderChart } from './helm.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** A cluster that the product can be put in front of. */
export interface ProductCluster extends StartedCluster {
  /** What it is, for people. */
  readonly server: string;
  readonly adminToken: string;
  /** Of a real one. */
  readonly real?: RealCluster;
  /** Of an embedded one. */
  readonly dropConnections?: () => void;
}

/** The product with everything around it: functions, bus, and a forwarder that watches the cluster. */
export interface Product {
  readonly deployment: Deployment & { readonly cluster: ProductCluster };
  readonly admin: ApiClient;
  readonly forwarder: ForwarderProcess;
  /** Starts another forwarder, as Kubernetes would. */
  restartForwarder(): Promise<void>;
  /** Ends every connection to the cluster; of an embedded one. */
  readonly dropConnections: (() => void) | undefined;
  /** Makes a namespace that allows all roles `app-*`. */
  createNamespace(name: string): Promise<void>;
  /** Makes a pod that mounts the Secrets. */
  createPod(namespace: string, name: string, secretNames: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface ProductOptions {
  /** Runs on Kubernetes' own binaries. @default - on the embedded API server */
  readonly real?: boolean;
  /** Hollow kubelets of a real cluster. */
  readonly nodes?: number;
  /** The wire between the functions and the cluster; its target is given. */
  readonly wire?: (port: number) => Promise<TcpProxy>;
}

/** Starts all of it, up to a forwarder that watches and has its credentials by the product itself. */
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

/** The cluster with EKS saying that it is at the other end of a wire. */
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
    // What kube-apiserver does when it is told nothing.
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
  // As kube-apiserver remembers them, for two minutes.
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

/** The chart as the stack has it installed, but for the Deployment: the forwarder runs beside the test. */
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

/** Has the product make the forwarder's own Secret, as for any pod, for a forwarder to start on. */
async function forwarderStarter(
  deployment: Deployment & { readonly cluster: ProductCluster },
  admin: ApiClient,
  folder: string,
): Promise<() => Promise<ForwarderProcess>> {
  const { cloud, clock, cluster } = deployment;
  const [chart] = resourcesOf(cloud.assembly, 'helm-chart');
  if (chart === undefined) throw new Error('the stack installs no chart');
  const values = chart.values as ChartValues;
  const { forwarder } = values;
  if (forwarder.credentials.source !== 'secret')
    throw new Error('the forwarder has other credentials');
  const secretName = `${SECRET_NAME_PREFIX}${forwarder.credentials.roleName}`;
  if (cluster.real) {
    // Of the Deployment, for whose pods the namespace is as strict as it is.
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

/** Writes a Secret of the product's namespace as a kubelet would. */
async function mountSecret(admin: ApiClient, name: string, folder: string): Promise<string> {
  const { status, body } = await admin.send(
    'GET',
    `/api/v1/namespaces/${PRODUCT_NAMESPACE}/secrets/${name}`,
  );
  if (status !== 200) throw new Error(`the product did not make ${name}: ${JSON.stringify(body)}`);
  const mounted = join(folder, 'mounted');
  await mkdir(mounted);
  for (const [key, value] of Object.entries(body['data'] as Record<string, string>)) {
    await writeFile(join(mounted, key), Buffer.from(value, 'base64'));
  }
  return mounted;
}

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import type { SessionCredentials } from '../../../local/aws/iam/session.ts';
import { shellEnvironment } from '../../../local/installation/operator.ts';
import { issueServerCertificate } from '../../../local/kubernetes/certificates.ts';
import { writeKubeconfig } from '../../../local/real-cluster/kubeconfig.ts';
import { type ChartCluster, chartCluster } from '../chart/chart-cluster.ts';
import { type ChartedCluster, realChartedCluster } from '../chart/charted-cluster.ts';
import { forwarderPod } from '../chart/forwarder-manifests.ts';
import { type Manifest, renderChart } from '../chart/helm.ts';
import { listen } from '../listen.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  type Deployment,
  deploy,
  REFRESH,
  REFRESHER_ROLE_ARN,
  REGION,
} from './deployment.ts';

/** The role that the refresher assumes before the roles of pods. */
export const INTERMEDIATE_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/pod-roles`;

/** The settings in `cdk.json`, which are deployed. */
export const SETTINGS = {
  clusterName: CLUSTER_NAME,
  account: ACCOUNT,
  region: REGION,
  assumableRoles: ['app-*'],
  assumeRole: INTERMEDIATE_ROLE_ARN,
  installChart: false,
};

/** The IAM permissions of doctor in docs/command-line.md. */
export const DOCTOR_ACTIONS: readonly string[] = [
  'eks:DescribeCluster',
  'eks:DescribeAccessEntry',
  'lambda:GetFunctionConfiguration',
  'lambda:GetFunctionConcurrency',
  'lambda:InvokeFunction',
  'scheduler:GetSchedule',
];

export const DEPLOYMENTS = `/apis/apps/v1/namespaces/${PRODUCT_NAMESPACE}/deployments`;
export const PODS = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/pods`;

const MERGE = 'application/merge-patch+json';

/** The product installed on a real cluster, and an operator. */
export interface DoctorWorld extends Deployment {
  readonly cluster: ChartedCluster;
  /** The installed manifests of the chart. */
  readonly manifests: readonly Manifest[];
  readonly apply: ChartCluster['apply'];
  /** Writes a kubeconfig, by default of an admin of the cluster. */
  kubeconfig(entry: Partial<{ url: string; caPem: string; token: string }>): Promise<string>;
  /** Creates a ServiceAccount with these roles and no others, and returns its token. */
  tokenOf(name: string, roles?: readonly Manifest[]): Promise<string>;
  /** Returns the environment of a shell with a kubeconfig, by default of an admin, and with credentials. */
  shell(credentials: SessionCredentials | undefined, kubeconfig?: string): Record<string, string>;
  /** Patches an object, or its status. */
  patch(path: string, body: object): Promise<void>;
  /** Changes the log of the forwarder's pod, which is empty at first. */
  setForwarderLog(log: string): void;
  /** Creates a pod in namespace shop that requests a role; returns its path. */
  addPod(name: string, role: string): Promise<string>;
}

/** Starts a healthy installation: the forwarder is available, and a pod in namespace `shop` has its Secret. */
export async function startDoctorWorld(): Promise<DoctorWorld> {
  const values = { 'forwarder.replicas': 1 };
  const deployment = await deploy(realChartedCluster({}, values), SETTINGS);
  const { cluster, cloud } = deployment;
  const { admin } = cluster;
  const chart = chartCluster(cluster);
  const manifests = await renderChart(values);
  const folder = temporaryFolder();
  const kubelet = await startLogServer();
  let files = 0;
  const world: DoctorWorld = {
    ...deployment,
    manifests,
    apply: chart.apply,
    async kubeconfig({ url = cluster.url, caPem = cluster.caPem, token = cluster.adminToken }) {
      files += 1;
      const file = join(folder, `kubeconfig-${files}`);
      await writeKubeconfig(file, { url, caPem, token });
      return file;
    },
    async tokenOf(name, roles = []) {
      const accounts = '/api/v1/namespaces/default/serviceaccounts';
      await create(world, accounts, { metadata: { name } });
      for (const role of roles) await chart.apply(bindingOf(role, name));
      const { body } = await admin('POST', `${accounts}/${name}/token`, { spec: {} });
      const { token } = body['status'] as { token: string };
      return token;
    },
    shell: (credentials, kubeconfig = cluster.kubeconfigPath) => ({
      ...shellEnvironment(cloud, credentials),
      KUBECONFIG: kubeconfig,
    }),
    async patch(path, body) {
      const response = await admin('PATCH', path, body, MERGE);
      if (response.status !== 200) throw new Error(JSON.stringify(response.body));
    },
    setForwarderLog: kubelet.setLog,
    async addPod(name, role) {
      const volumes = [{ name: 'aws-iam', secret: { secretName: `aws-iam-${role}` } }];
      const pods = '/api/v1/namespaces/shop/pods';
      await create(world, pods, {
        metadata: { name },
        spec: {
          containers: [{ name: 'c', image: 'app' }],
          volumes,
          terminationGracePeriodSeconds: 0,
        },
      });
      return `${pods}/${name}`;
    },
    async stop() {
      await kubelet.stop();
      await chart.close();
      await deployment.stop();
    },
  };
  await fill(world, kubelet.port);
  return world;
}

async function fill(world: DoctorWorld, kubeletPort: number): Promise<void> {
  const { cloud, cluster, manifests } = world;
  cloud.sts.addRole({
    arn: INTERMEDIATE_ROLE_ARN,
    trustPolicy: trusting(REFRESHER_ROLE_ARN),
    policies: [
      {
        name: 'pods',
        document: {
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Resource: `arn:aws:iam::${ACCOUNT}:role/app-*`,
          },
        },
      },
    ],
  });
  addPodRole(world, 'app-orders', INTERMEDIATE_ROLE_ARN);
  addPodRole(world, 'app-locked', `arn:aws:iam::${ACCOUNT}:role/somebody-else`);
  await cluster.createNamespace('shop', ['app-*']);
  await world.addPod('web', 'app-orders');
  const { metadata, spec } = forwarderPod(manifests);
  await addNode(world, kubeletPort);
  await create(world, PODS, {
    metadata: { ...metadata, name: 'forwarder-1' },
    spec: { ...spec, nodeName: NODE },
  });
  await world.patch(`${DEPLOYMENTS}/${FORWARDER_SERVICE_ACCOUNT}/status`, {
    status: { replicas: 1, availableReplicas: 1, readyReplicas: 1 },
  });
  await world.invoke(REFRESH, { pass: 'refresh' });
  await world.patch(`${PODS}/forwarder-1/status`, { status: { phase: 'Running' } });
}

const NODE = 'node-1';

async function addNode(world: DoctorWorld, Port: number): Promise<void> {
  const nodes = '/api/v1/nodes';
  await create(world, nodes, { metadata: { name: NODE } });
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
  await world.patch(`${nodes}/${NODE}/status`, {
    status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port } } },
  });
}

/** Starts a server that returns the log of a container, as the kubelet of a node does. */
async function startLogServer() {
  let log = '';
  const { certificatePem: cert, keyPem: key } = await issueServerCertificate();
  const server = createServer({ cert, key }, ({ url = '' }, response) => {
    response.statusCode = url.startsWith('/containerLogs/') ? 200 : 404;
    response.end(log);
  });
  return {
    ...(await listen(server)),
    setLog(text: string) {
      log = text;
    },
  };
}

/** Returns the binding of a role to a ServiceAccount. */
function bindingOf({ kind, metadata }: Manifest, account: string): Manifest {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'default' }],
  };
}

/** Adds a role for pods that trusts a role of the account. */
function addPodRole({ cloud }: Deployment, name: string, trusted: string): void {
  cloud.sts.addRole({
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    trustPolicy: trusting(trusted),
  });
}

function trusting(roleArn: string): object {
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: 'sts:AssumeRole',
      Condition: { ArnEquals: { 'aws:PrincipalArn': roleArn } },
    },
  };
}

async function create({ cluster }: DoctorWorld, path: string, body: object): Promise<void> {
  const response = await cluster.admin('POST', path, body);
  if (response.status !== 201) throw new Error(JSON.stringify(response.body));
}

/** Creates a folder with a `cdk.json` of these settings. */
export async function folderWith(settings: object): Promise<string> {
  const folder = temporaryFolder();
  const context = { clusters: [settings] };
  await writeFile(join(folder, 'cdk.json'), JSON.stringify({ context }));
  return folder;
}

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApiextensionsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  loadYaml,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { CHART_FOLDER } from '../../infra/chart-files.ts';
import { AWSIAMROLE } from '../../lambda/contract/awsiamrole.ts';
import { MovableClock } from '../clock.ts';
import { type EmbeddedCloud, startCloud } from '../cloud.ts';
import { authorizeByRules } from '../kubernetes/authorization.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../kubernetes/embedded-cluster.ts';
import { type Kubelet, startKubelet } from '../kubernetes/kubelet.ts';
import { synthesize } from '../synthesize.ts';
import { chartRules, FORWARDER_USER } from './chart-rules.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const CLUSTER_NAME = 'demo';
export const REFRESHER_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/kube-aws-iam-${REGION}-${CLUSTER_NAME}`;

/** Everything that the demo runs in. */
export interface World {
  readonly clock: MovableClock;
  readonly cloud: EmbeddedCloud;
  readonly cluster: EmbeddedCluster;
  readonly kubelet: Kubelet;
  /** The token of the forwarder's ServiceAccount. */
  readonly forwarderToken: string;
  /** The cluster's API as an administrator's kubectl uses it. */
  readonly admin: CoreV1Api;
  /** The same, for AWSIAMRoles. */
  readonly customObjects: CustomObjectsApi;
  /** A folder that is gone at the end. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Makes a folder, to begin with. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'kube-aws-iam-demo-'));
}

/** Synthesizes the product's stack for the demo's cluster. */
export async function synthesizeDemo(folder: string): Promise<string> {
  const assemblyDir = join(folder, 'cdk.out');
  const assumableRoles = ['demo-*', 'team/Demo-*'];
  await synthesize(assemblyDir, [{ clusterName: CLUSTER_NAME, assumableRoles }]);
  return assemblyDir;
}

/** Starts an AWS from the assembly, a cluster that takes its tokens, and a kubelet. */
export async function startWorld(folder: string, assemblyDir: string): Promise<World> {
  const clock = new MovableClock();
  clock.advance(secondsToNextTenMinutes(clock.now()));
  const cloud = await startCloud({ assemblyDir, clock, account: ACCOUNT, region: REGION });
  const forwarderToken = randomUUID();
  const authenticate = cloud.authenticateToken(CLUSTER_NAME);
  const cluster = await startEmbeddedCluster({
    clock,
    authenticate: async (given) =>
      given === forwarderToken ? FORWARDER_USER : authenticate(given),
    authorize: authorizeByRules(await chartRules()),
  });
  cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint: cluster.url, caPem: cluster.caPem });
  const { url, caPem, adminToken: token } = cluster;
  const config = administrator(cluster);
  await config.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({
    body: await awsIamRoleDefinition(),
  });
  const kubelet = startKubelet({ url, caPem, token, directory: join(folder, 'kubelet') });
  return {
    clock,
    cloud,
    cluster,
    kubelet,
    forwarderToken,
    admin: config.makeApiClient(CoreV1Api),
    customObjects: config.makeApiClient(CustomObjectsApi),
    folder,
    async stop() {
      await kubelet.stop();
      await cloud.stop();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The definition of AWSIAMRoles, as the chart has it. */
async function awsIamRoleDefinition(): Promise<V1CustomResourceDefinition> {
  const file = `${AWSIAMROLE.plural}.${AWSIAMROLE.group}.yaml`;
  return loadYaml(await readFile(join(CHART_FOLDER, 'definitions', file), 'utf8'));
}

/** The demo begins at a whole ten minutes, so that sweeps come at the same points of every telling. */
function secondsToNextTenMinutes(now: Date): number {
  const tenMinutes = 600_000;
  return (tenMinutes - (now.getTime() % tenMinutes)) / 1_000;
}

function administrator({ url, caPem, adminToken }: EmbeddedCluster): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: CLUSTER_NAME,
      server: url,
      caData: Buffer.from(caPem).toString('base64'),
      skipTLSVerify: false,
    },
    { name: 'admin', token: adminToken },
  );
  return config;
}

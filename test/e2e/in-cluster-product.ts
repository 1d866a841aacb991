import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoordinationV1Api, CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import {
  type LeaseRequest,
  type LeaseResponse,
  REFRESHER_LEASE,
  REQUEST_ANNOTATION,
  RESPONSE_ANNOTATION,
} from '../../contract/kubernetes/refresher-lease.ts';
import type { PassEvent } from '../../contract/pass.ts';
import { startCloud } from '../../local/cloud.ts';
import { startRefresherProcess } from '../../local/in-cluster/refresher-process.ts';
import { startWithProduct } from '../../local/installation/install-on-real-cluster.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  clockAtTenMinutes,
  type Installation,
  REFRESHER_ROLE_ARN,
  REGION,
} from '../../local/installation/installation.ts';
import { adminConfig } from '../../local/installation/installed-cluster.ts';
import { operatorCredentials, shellEnvironment } from '../../local/installation/operator.ts';
import type { PodProcess } from '../../local/pod-process/pod-process.ts';
import type { RealClusterOptions } from '../../local/real-cluster/real-cluster.ts';
import { synthesize } from '../../local/synthesize.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { kubectl } from '../support/chart/kubectl.ts';
import { type CommandResult, kubeAwsIam } from '../support/programs/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The product in a cluster in which the refresher itself runs. */
export interface InClusterInstallation
  extends Pick<Installation, 'admin' | 'clock' | 'cloud' | 'cluster' | 'stop'> {
  /** Runs a command as an administrator of the cluster who can assume the refresher's role. */
  run(...words: readonly string[]): Promise<CommandResult>;
  /** The pods of the Deployment, oldest first. */
  pods(): Promise<readonly V1Pod[]>;
  /** Starts the process of a pod whose volumes are set up. */
  startProcess(pod: V1Pod): Promise<PodProcess>;
  leader(): Promise<string>;
  /** Sends a request by the annotation of the Lease, and returns the response. */
  request(event: PassEvent): Promise<LeaseResponse>;
}

const ENTRY = {
  clusterName: CLUSTER_NAME,
  region: REGION,
  account: ACCOUNT,
  assumableRoles: ['demo-*'],
  kind: 'kubernetes',
  runsIn: 'cluster',
};

/**
 * Starts a real cluster with the output of `kube-aws-iam manifests`, and deploys the stack to an embedded AWS.
 *
 * @param settings - more settings of the cluster
 * @param apiServerFlags - additional flags of kube-apiserver
 */
export async function installInCluster(
  settings: object = {},
  apiServerFlags: RealClusterOptions['apiServerFlags'] = {},
): Promise<InClusterInstallation> {
  const folder = temporaryFolder();
  const clock = clockAtTenMinutes();
  const clusters = [{ ...ENTRY, ...settings }];
  let kubeconfigPath = '';
  const cluster = await startWithProduct({
    apiServerFlags,
    async beforeControllers(started) {
      kubeconfigPath = started.kubeconfigPath;
      const { code, stdout, stderr } = await kubeAwsIam(['manifests'], { clusters });
      if (code !== 0) throw new Error(stderr);
      const manifests = join(folder, 'manifests.yaml');
      await writeFile(manifests, stdout);
      await kubectl(started, 'apply', '-f', manifests);
    },
  });
  try {
    const assemblyDir = join(folder, 'cdk.out');
    await synthesize(assemblyDir, clusters);
    const cloud = await startCloud({ assemblyDir, clock, account: ACCOUNT, region: REGION });
    const operator = operatorCredentials(cloud, 'operator', [
      { actions: ['sts:AssumeRole'], resources: [REFRESHER_ROLE_ARN] },
    ]);
    const config = adminConfig(cluster);
    const admin = config.makeApiClient(CoreV1Api);
    const leases = config.makeApiClient(CoordinationV1Api);
    const readLease = () => leases.readNamespacedLease(REFRESHER_LEASE);
    let processes = 0;
    return {
      admin,
      clock,
      cloud,
      cluster,
      async stop() {
        await cloud.stop();
        await cluster.stop();
      },
      run: (...words) =>
        kubeAwsIam(words, {
          clusters,
          env: { ...shellEnvironment(cloud, operator), KUBECONFIG: kubeconfigPath },
        }),
      async pods() {
        const { items } = await admin.listNamespacedPod({
          namespace: PRODUCT_NAMESPACE,
        });
        return items;
      },
      startProcess(pod) {
        processes += 1;
        return startRefresherProcess({
          pod,
          volumes: cluster.podVolumesPath(pod.metadata?.uid ?? ''),
          cluster,
          cloud,
          clock,
          folder: join(folder, `refresher-${processes}`),
        });
      },
      leader: async () => (await readLease()).spec?.holderIdentity ?? '',
      async request(event) {
        processes += 1;
        const request: LeaseRequest = {
          id: `request-${processes}`,
          sentAt: clock.now().toISOString(),
          event,
        };
        await annotate(kubeconfigPath, request);
        return waitUntil('the response in the Lease', async () => {
          const { metadata } = await readLease();
          const response: LeaseResponse = JSON.parse(
            metadata?.annotations?.[RESPONSE_ANNOTATION] ?? '{}',
          );
          return response.id === request.id ? response : undefined;
        });
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function annotate(kubeconfigPath: string, request: LeaseRequest): Promise<void> {
  await kubectl(
    { kubeconfigPath },
    'annotate',
    'lease',
    REFRESHER_LEASE.name,
    ...['--namespace', REFRESHER_LEASE.namespace, '--overwrite'],
    `${REQUEST_ANNOTATION}=${JSON.stringify(request)}`,
  );
}

/** Reads the state that a probe sees. */
export async function isReady({ healthFolder }: PodProcess): Promise<boolean> {
  return Number.parseInt(await readFile(join(healthFolder, 'ready'), 'utf8'), 10) > 0;
}

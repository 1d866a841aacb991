import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiClient } from '../api-client.ts';
import type { Authenticate } from '../kubernetes/access/user-info.ts';
import { COMPONENTS, commandOf } from './components.ts';
import {
  authenticationFlags,
  compactEtcd,
  launchApiServer,
  launchEtcd,
  waitUntilReady,
} from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { launchControllers, launchNodes } from './nodes.ts';
import { processGroup } from './process-group.ts';
import { startTokenReviewServer } from './token-review-server.ts';

/** Kubernetes' own binaries on loopback: etcd and the API server, and what else a test needs. */
export interface RealCluster {
  readonly url: string;
  readonly caPem: string;
  /** The token of a cluster admin (group `system:masters`). */
  readonly adminToken: string;
  /** A kubeconfig of the admin. */
  readonly kubeconfigPath: string;
  /** Where the kubelet of a node (the first is 1) keeps a pod's volumes: `kubernetes.io~secret/<volume>/<key>` below. */
  podVolumesPath(podUid: string, node?: number): string;
  /** Where its etcd answers, which asks nobody who they are. */
  readonly etcdUrl: string;
  /** Kills the API server, as when its machine dies. Etcd, the controllers and the kubelets go on. */
  killApiServer(): Promise<void>;
  /** Starts it again where it was, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /** Compacts etcd up to now: lists that are open cannot go on as they began. */
  compactHistory(): Promise<void>;
  stop(): Promise<void>;
}

export interface RealClusterOptions {
  /** How many hollow kubelets run: real kubelets with a real volume manager, whose containers are pretended. None by default. */
  readonly nodes?: number;
  /** Whether the controllers run; without them namespaces stay Terminating and owned objects outlive their owner. On by default when there are nodes. */
  readonly controllers?: boolean;
  /**
   * What is done before the controllers and kubelets start. They know a kind that is defined here at once, and one that
   * comes later up to a minute later: till then they remove nothing whose owner was of that kind.
   */
  readonly beforeControllers?: (cluster: Pick<RealCluster, 'kubeconfigPath'>) => Promise<void>;
  /** Whose a token is that is not the admin's, asked by webhook as on EKS. Answers are remembered for a second. */
  readonly authenticate?: Authenticate;
  /** Flags of kube-apiserver beside those that it gets anyway, without their dashes. */
  readonly apiServerFlags?: Readonly<Record<string, string>>;
}

/** Whether there are binaries of everything that a cluster may be started with. */
export function realClusterAvailable(): boolean {
  return COMPONENTS.every((component) => commandOf(component) !== undefined);
}

const ADMIN_TOKEN = 'admin-token';

/** Starts a control plane in a folder of its own, in some five seconds. Everything is gone after `stop`, and when this process dies. */
export async function startRealCluster(options: RealClusterOptions = {}): Promise<RealCluster> {
  const { nodes = 0, controllers = nodes > 0 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
  const group = processGroup(folder);
  const reviews = options.authenticate && (await startTokenReviewServer(options.authenticate));
  const stop = async () => {
    reviews?.stop();
    await group.stop();
  };
  try {
    const kubeconfigPath = join(folder, 'kubeconfig');
    const etcdUrl = await launchEtcd(group, folder);
    const apiServer = await launchApiServer(group, folder, {
      'etcd-servers': etcdUrl,
      ...(await authenticationFlags(folder, ADMIN_TOKEN, reviews?.url)),
      ...options.apiServerFlags,
    });
    const { url, caPem } = apiServer;
    const cluster = { url, caPem, token: ADMIN_TOKEN };
    await writeKubeconfig(kubeconfigPath, cluster);
    const client = apiClient(cluster);
    await waitUntilReady(group, client);
    await options.beforeControllers?.({ kubeconfigPath });
    if (controllers) launchControllers(group, folder, kubeconfigPath);
    const roots = nodes > 0 ? await launchNodes(group, kubeconfigPath, nodes, client) : [];
    await client.close();
    return {
      url,
      caPem,
      adminToken: ADMIN_TOKEN,
      kubeconfigPath,
      podVolumesPath(podUid, node = 1) {
        const root = roots[node - 1];
        if (!root) throw new Error(`the cluster has ${roots.length} node(s), and no node ${node}`);
        return join(root, 'pods', podUid, 'volumes');
      },
      etcdUrl,
      killApiServer: apiServer.kill,
      async restartApiServer() {
        apiServer.relaunch();
        const again = apiClient(cluster);
        await waitUntilReady(group, again).finally(() => again.close());
      },
      compactHistory: () => compactEtcd(etcdUrl),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

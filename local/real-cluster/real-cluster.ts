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

/** A cluster of real Kubernetes binaries on the loopback interface: etcd, the API server, and optional components. */
export interface RealCluster {
  readonly url: string;
  readonly caPem: string;
  /** The token of a cluster admin (group `system:masters`). */
  readonly adminToken: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfigPath: string;
  /** The folder of a pod's volumes, which contains `kubernetes.io~secret/<volume>/<key>`. The first node is 1, the default. */
  podVolumesPath(podUid: string, node?: number): string;
  /** URL of etcd, without authentication. */
  readonly etcdUrl: string;
  /** Kills the API server with SIGKILL. All other components keep running. */
  killApiServer(): Promise<void>;
  /** Starts the API server again with the same URL, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /** Compacts etcd: continue tokens of earlier lists expire. */
  compactHistory(): Promise<void>;
  stop(): Promise<void>;
}

export interface RealClusterOptions {
  /** Number of hollow kubelets: real kubelets with a real volume manager, but without containers. @default 0 */
  readonly nodes?: number;
  /**
   * Whether the controllers run. Without them, deleted namespaces stay Terminating and dependents are not collected.
   *
   * @default - true when there are nodes
   */
  readonly controllers?: boolean;
  /**
   * Runs before the controllers and kubelets start. The garbage collector knows kinds that are defined here from the
   * start, and kinds that are defined later only within a minute.
   */
  readonly beforeControllers?: (cluster: Pick<RealCluster, 'kubeconfigPath'>) => Promise<void>;
  /** Authenticates tokens other than the admin's, by webhook as on EKS. Results are cached for one second. */
  readonly authenticate?: Authenticate;
  /** Additional flags of kube-apiserver, without dashes. */
  readonly apiServerFlags?: Readonly<Record<string, string>>;
  /** Additional flags of kube-controller-manager, without dashes. */
  readonly controllerFlags?: Readonly<Record<string, string>>;
}

/** Whether the binaries of all components are installed. */
export function realClusterAvailable(): boolean {
  return COMPONENTS.every((component) => commandOf(component) !== undefined);
}

const ADMIN_TOKEN = 'admin-token';

/** Starts a cluster in a temporary folder, in about five seconds. Its processes and files are removed by `stop` and when this process dies. */
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
    if (controllers) launchControllers(group, folder, kubeconfigPath, options.controllerFlags);
    const roots = nodes > 0 ? await launchNodes(group, kubeconfigPath, nodes, client) : [];
    await client.close();
    return {
      url,
      caPem,
      adminToken: ADMIN_TOKEN,
      kubeconfigPath,
      podVolumesPath(podUid, node = 1) {
        const root = roots[node - 1];
        if (!root) throw new Error(`node ${node} does not exist: the cluster has ${roots.length}`);
        return join(root, 'pods', podUid, 'volumes');
      },
      etcdUrl,
      killApiServer: apiServer.kill,
      async restartApiServer() {
        apiServer.relaunch();
        const newClient = apiClient(cluster);
        await waitUntilReady(group, newClient).finally(() => newClient.close());
      },
      compactHistory: () => compactEtcd(etcdUrl),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

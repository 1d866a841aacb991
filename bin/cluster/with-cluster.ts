import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { RefresherConfig } from '../../lambda/config.ts';
import { assertSameCluster } from '../kubeconfig/assert-same-cluster.ts';
import { isSameServer } from '../kubeconfig/assert-same-server.ts';
import { connectKubeconfig } from '../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../kubeconfig/load-kubeconfig.ts';
import { assertChartCluster } from './assert-chart-cluster.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { readClusterConfig } from './read-cluster-config.ts';
import type { TargetOptions } from './suggested-command.ts';

/** A connected cluster and the configuration of its functions. */
export interface ConnectedCluster {
  readonly connection: KubernetesConnection;
  readonly config: RefresherConfig;
  /** Where the refresher runs. */
  readonly runsIn: ClusterConfig['runsIn'];
  /** The options that selected the cluster. */
  readonly target: TargetOptions;
  /** Source of the configuration, shown to the user. */
  readonly source: string;
  /** The context of the kubeconfig. */
  readonly context: string;
  /** The namespace of the context. */
  readonly namespace: string;
  readonly now: () => Date;
  /** Aborts after {@link TIMEOUT_MS}. */
  readonly signal: AbortSignal;
}

/** Enough to list the pods of the largest clusters over a slow connection. */
const TIMEOUT_MS = 300_000;

/**
 * Connects to the cluster of the options, calls `use`, and closes the connection.
 *
 * @param pluginSignal - ends a credential plugin that does not answer
 */
export async function withCluster<T>(
  target: TargetOptions,
  use: (cluster: ConnectedCluster) => Promise<T>,
  pluginSignal?: AbortSignal,
): Promise<T> {
  const { config, account, source, runsIn, server } = await readClusterConfig(target);
  const { clusterName } = config;
  const context = loadKubeconfig(target);
  if (server === undefined) assertSameCluster(context, { ...config, account });
  const isKnown = server === undefined || isSameServer(context, { clusterName, server }) === true;
  const connection = await connectKubeconfig(context, { pluginSignal });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    if (!isKnown) await assertChartCluster(connection, context.name, { config, runsIn }, signal);
    return await use({
      connection,
      config,
      runsIn,
      target,
      source,
      context: context.name,
      namespace: context.namespace,
      now: () => new Date(),
      signal,
    });
  } finally {
    await connection.close();
  }
}

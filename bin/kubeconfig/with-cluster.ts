import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { RefresherConfig } from '../../lambda/config.ts';
import { readClusterConfig } from '../cluster/cluster-config.ts';
import type { SaidOfCluster } from '../cluster/printed-command.ts';
import { assertSameCluster } from './assert-same-cluster.ts';
import { connectKubeconfig } from './connect-kubeconfig.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';

/** A cluster that can be asked, and what its functions are told. */
export interface OpenCluster {
  readonly connection: KubernetesConnection;
  readonly config: RefresherConfig;
  /** By which a person chose it. */
  readonly said: SaidOfCluster;
  /** Where the configuration is from, for people. */
  readonly source: string;
  /** The context of the kubeconfig. */
  readonly context: string;
  /** The namespace that the context is for. */
  readonly namespace: string;
  readonly now: () => Date;
  /** Ends what takes too long. */
  readonly signal: AbortSignal;
}

/** Long enough for the pods of the biggest clusters over a slow line. */
const LONGEST_MILLISECONDS = 300_000;

/** Does something with a cluster, and lets go of it. */
export async function withCluster<T>(
  options: SaidOfCluster,
  use: (cluster: OpenCluster) => Promise<T>,
): Promise<T> {
  const { config, account, source } = await readClusterConfig(options);
  const context = loadKubeconfig(options);
  assertSameCluster(context, { ...config, account });
  const connection = await connectKubeconfig(context);
  try {
    return await use({
      connection,
      config,
      said: options,
      source,
      context: context.name,
      namespace: context.namespace,
      now: () => new Date(),
      signal: AbortSignal.timeout(LONGEST_MILLISECONDS),
    });
  } finally {
    await connection.close();
  }
}

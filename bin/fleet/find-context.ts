import { eksClusterOf } from '../kubeconfig/assert-same-cluster.ts';
import { clusterFields, contextFields } from '../kubeconfig/kubeconfig-schema.ts';
import { type Kubeconfig, readKubeconfig } from '../kubeconfig/read-kubeconfig.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';

/** A context of the kubeconfig and the server that it connects to. */
export interface ContextServer {
  readonly context: string;
  /** Name of the cluster's entry in the kubeconfig. */
  readonly entry: string;
  /** URL of the server, without a slash at the end. */
  readonly server: string;
}

/** The cluster for which a context is looked for. */
export interface SoughtCluster {
  readonly clusterName: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly isEks: boolean;
  /** URL of the API server, if the settings have it. */
  readonly server: string | undefined;
}

/** Lists the contexts of the kubeconfig, the current one first. Contexts that cannot be used are left out. */
export function listContexts(options: KubeconfigOptions): readonly ContextServer[] {
  const kubeconfig = readKubeconfig(options);
  const { currentContext, contextNames } = kubeconfig;
  const current = contextNames.filter((name) => name === currentContext);
  const others = contextNames.filter((name) => name !== currentContext);
  return [...current, ...others].flatMap((context) => serverOf(kubeconfig, context) ?? []);
}

function serverOf(kubeconfig: Kubeconfig, context: string): ContextServer | undefined {
  try {
    const entry = kubeconfig.find('contexts', context, contextFields)?.fields.cluster ?? '';
    const server = kubeconfig.find('clusters', entry, clusterFields)?.fields.server;
    return server ? { context, entry, server: normalized(server) } : undefined;
  } catch {
    // It is reported by the command that uses this context only.
    return undefined;
  }
}

/**
 * Finds the context of a cluster: by the server of the settings; for EKS by the ARN that the AWS CLI writes, else by the endpoint
 * of the cluster; for others by the cluster's name. Of several, the first one is used.
 *
 * @param describeEndpoint - returns the endpoint from EKS; called only if nothing else identifies the cluster
 */
export async function findContext(
  contexts: readonly ContextServer[],
  cluster: SoughtCluster,
  describeEndpoint: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const withServer = (server: string) =>
    contexts.find((one) => one.server === normalized(server))?.context;
  if (cluster.server !== undefined) return withServer(cluster.server);
  if (!cluster.isEks) {
    return contexts.find(({ context }) => context === cluster.clusterName)?.context;
  }
  const named = contexts.find(({ entry }) => isNameOf(cluster, entry));
  if (named !== undefined) return named.context;
  const endpoint = await describeEndpoint();
  return endpoint === undefined ? undefined : withServer(endpoint);
}

function isNameOf({ clusterName, account, region }: SoughtCluster, entry: string): boolean {
  const named = eksClusterOf(entry);
  return (
    named !== undefined &&
    named.clusterName === clusterName &&
    (region ?? named.region) === named.region &&
    // eksctl's names contain no account, so clusters of other accounts can have the same.
    named.account !== undefined &&
    (account ?? named.account) === named.account
  );
}

function normalized(server: string): string {
  return URL.canParse(server) ? new URL(server).href.replace(/\/$/, '') : server;
}

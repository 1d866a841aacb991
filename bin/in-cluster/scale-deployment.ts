import { REFRESHER_DEPLOYMENT } from '../../contract/kubernetes/refresher-lease.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { LocatedCluster } from '../cluster/target-cluster.ts';
import { connectKubeconfig } from '../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../kubeconfig/load-kubeconfig.ts';
import type { ConcurrencyChange, FunctionConcurrency } from '../lambda/concurrency.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';
import {
  type RefresherDeployment,
  requireRefresherDeployment,
  scaleRefresher,
} from './refresher-deployment.ts';

/** The name that reports of `pause` and `resume` have in the place of a function's. */
export const DEPLOYMENT_NAME = `Deployment ${REFRESHER_DEPLOYMENT}`;

interface ScaleInput {
  readonly cluster: Pick<LocatedCluster, 'clusterName' | 'region' | 'account'>;
  readonly options: KubeconfigOptions;
  /** Called when the Deployment has its replicas. */
  readonly onChanged: (changed: FunctionConcurrency) => void;
}

const TIMEOUT_MS = 30_000;

/** The default of the chart's value `refresher.deployment.replicas`. */
const DEFAULT_REPLICAS = 1;

/** Stops the refresher in the cluster, and remembers its replicas in an annotation. */
export function pauseDeployment(input: ScaleInput): Promise<ConcurrencyChange> {
  return withDeployment(input, async ({ replicas }, scale) => {
    if (replicas > 0) await scale(0, replicas);
    return { before: replicas, after: 0 };
  });
}

/** Starts the refresher in the cluster with the replicas that it had before the pause. */
export function resumeDeployment(input: ScaleInput): Promise<ConcurrencyChange> {
  return withDeployment(input, async ({ replicas, replicasBeforePause }, scale) => {
    const after = replicas > 0 ? replicas : (replicasBeforePause ?? DEFAULT_REPLICAS);
    if (replicas === 0 || replicasBeforePause !== undefined) await scale(after, undefined);
    return { before: replicas, after };
  });
}

type Scale = (replicas: number, remembered: number | undefined) => Promise<void>;

/** A failure is a result, as that of a function is. */
async function withDeployment(
  { cluster: { clusterName, region, account }, options, onChanged }: ScaleInput,
  change: (
    deployment: RefresherDeployment,
    scale: Scale,
  ) => Promise<Pick<FunctionConcurrency, 'before' | 'after'>>,
): Promise<ConcurrencyChange> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const context = loadKubeconfig(options);
    const connection = await connectKubeconfig(context);
    try {
      const expected = { clusterName, region, account, context: context.name };
      const deployment = await requireRefresherDeployment(connection, expected, signal);
      const changed = {
        functionName: DEPLOYMENT_NAME,
        ...(await change(deployment, scaleOver(connection, signal))),
      };
      onChanged(changed);
      return { functions: [changed] };
    } finally {
      await connection.close();
    }
  } catch (error) {
    return { functions: [], failure: error instanceof Error ? error : new Error(String(error)) };
  }
}

function scaleOver(connection: KubernetesConnection, signal: AbortSignal): Scale {
  return (replicas, remembered) => scaleRefresher(connection, replicas, remembered, signal);
}

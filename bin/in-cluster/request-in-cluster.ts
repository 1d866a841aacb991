import { REFRESHER_LEASE } from '../../contract/kubernetes/refresher-lease.ts';
import type { PassEvent } from '../../contract/pass.ts';
import { shellCommand } from '../../tools/terminal/shell-quote.ts';
import { suggestCommand } from '../cluster/suggested-command.ts';
import { connectKubeconfig } from '../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../kubeconfig/load-kubeconfig.ts';
import type { InvocationResult } from '../lambda/invoke-function.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';
import { requireRefresherDeployment } from './refresher-deployment.ts';
import { requestPass } from './request-pass.ts';

const TIMEOUT_MS = 200_000;

/**
 * Has the refresher in the cluster of the kubeconfig carry out a pass, and waits for the result.
 *
 * @throws when the cluster has no refresher of that name, or it is paused or does not respond
 */
export async function requestInCluster(
  options: KubeconfigOptions,
  {
    clusterName,
    region,
    account,
  }: { readonly clusterName: string; readonly region: string; readonly account: string },
  event: PassEvent,
): Promise<InvocationResult> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const context = loadKubeconfig(options);
  const connection = await connectKubeconfig(context);
  try {
    const expected = { clusterName, region, account, context: context.name };
    const { replicas } = await requireRefresherDeployment(connection, expected, signal);
    if (replicas === 0) {
      const resume = suggestCommand(
        { name: 'resume' },
        { ...options, cluster: clusterName, region },
      );
      throw new Error(
        `the refresher of cluster "${clusterName}" is paused: its Deployment is scaled to 0 (to resume: ${resume})`,
      );
    }
    return await requestPass(
      connection,
      event,
      async () =>
        `no process of the refresher of cluster "${clusterName}" holds Lease ${REFRESHER_LEASE.name}: ${shellCommand`run kubectl logs deployment/${REFRESHER_LEASE.name} --namespace ${REFRESHER_LEASE.namespace}`}, or kube-aws-iam doctor`,
      signal,
    );
  } finally {
    await connection.close();
  }
}

import type { LocatedCluster } from '../cluster/target-cluster.ts';
import { isFunctionMissing } from '../lambda/call-lambda.ts';
import type { ConcurrencyChange } from '../lambda/concurrency.ts';

/**
 * Changes the functions of a cluster, or the Deployment of a refresher that runs in it. Without settings, that is the case if
 * the functions do not exist and the cluster of the kubeconfig has the Deployment.
 */
export async function inLambdaOrCluster(
  { settings }: Pick<LocatedCluster, 'settings'>,
  changeFunctions: () => Promise<ConcurrencyChange>,
  changeDeployment: () => Promise<ConcurrencyChange>,
): Promise<ConcurrencyChange> {
  if (settings?.runsIn === 'cluster') return changeDeployment();
  const change = await changeFunctions();
  if (settings !== undefined || !isFunctionMissing(change.failure)) return change;
  const inCluster = await changeDeployment();
  // The error about the functions names the options to correct.
  return inCluster.failure === undefined ? inCluster : change;
}

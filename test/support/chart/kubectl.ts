import type { RealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { layerBinary } from '../../../tools/helm/layer-binary.ts';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';

/** Runs kubectl against a cluster and returns its output. @throws {Error} with its error output */
export async function kubectl(
  { kubeconfigPath }: Pick<RealCluster, 'kubeconfigPath'>,
  ...parameters: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const all = ['--kubeconfig', kubeconfigPath, ...parameters];
  return runToEnd(await layerBinary('kubectl'), all);
}

import { layerBinary } from '../tools/helm/layer-binary.ts';
import { runToEnd } from '../tools/processes/end-with-parent.ts';

/** Runs the Helm binary that deployments use and returns its stdout. @throws with Helm's stderr if it fails */
export async function helm(...parameters: readonly string[]): Promise<string> {
  const { stdout } = await runToEnd(await layerBinary('helm'), parameters);
  return stdout;
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { layerBinary } from '../tools/helm/layer-binary.ts';

/** Runs the Helm binary that deployments use and returns its stdout. @throws with Helm's stderr if it fails */
export async function helm(...parameters: readonly string[]): Promise<string> {
  const options = { maxBuffer: 16 * 1_048_576 };
  const { stdout } = await promisify(execFile)(await layerBinary('helm'), parameters, options);
  return stdout;
}

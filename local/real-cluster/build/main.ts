/**
 * Builds the Kubernetes binaries for tests and the demo.
 *
 *     npm run cluster:build [-- VERSION]
 *
 * With a minor version that has a `go-VERSION.mod`, such as 1.32, it builds that into a folder of its own, for KUBEBUILDER_ASSETS.
 */
import { join } from 'node:path';
import { errorMessageOf } from '../../../contract/errors.ts';
import { createTerminal } from '../../../tools/terminal/terminal.ts';
import { BUILT_FOLDER } from '../components.ts';
import { buildCluster } from './build-cluster.ts';

const [version] = process.argv.slice(2);
try {
  await buildCluster({
    sources: import.meta.dirname,
    version,
    into: version === undefined ? BUILT_FOLDER : join(BUILT_FOLDER, version),
    terminal: createTerminal(),
  });
} catch (error) {
  console.error(`error: ${errorMessageOf(error)}`);
  process.exitCode = 1;
}

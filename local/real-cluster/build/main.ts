/**
 * Builds the Kubernetes binaries for tests and the demo.
 *
 *     npm run cluster:build
 */
import { errorMessageOf } from '../../../contract/errors.ts';
import { createTerminal } from '../../../tools/terminal/terminal.ts';
import { BUILT_FOLDER } from '../components.ts';
import { buildCluster } from './build-cluster.ts';

try {
  await buildCluster({
    sources: import.meta.dirname,
    into: BUILT_FOLDER,
    terminal: createTerminal(),
  });
} catch (error) {
  console.error(`error: ${errorMessageOf(error)}`);
  process.exitCode = 1;
}

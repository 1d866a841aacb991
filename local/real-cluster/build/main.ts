/**
 * Builds the Kubernetes binaries for tests and the demo.
 *
 *     npm run cluster:build
 */
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
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

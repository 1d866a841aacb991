import { runDemo } from '../../../local/demo/run-demo.ts';
import { endWithNpm } from '../../../tools/processes/end-with-parent.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';

export interface DemoOptions {
  /** Use the real Kubernetes binaries. */
  readonly real?: boolean;
}

/**
 * Runs the demo on an embedded or a real cluster.
 *
 * @throws when a step fails
 */
export async function showDemo(terminal: Terminal, { real = false }: DemoOptions): Promise<void> {
  endWithNpm();
  await runDemo(terminal, await (real ? realCluster() : embeddedCluster()));
}

async function embeddedCluster() {
  const embedded = await import('../../../local/installation/install-on-embedded-cluster.ts');
  return embedded.installOnEmbeddedCluster;
}

async function realCluster() {
  const { assertRealClusterRuns, installOnRealCluster } = await import(
    '../../../local/installation/install-on-real-cluster.ts'
  );
  assertRealClusterRuns();
  return installOnRealCluster;
}

import { ALLOWED_ROLES_ANNOTATION } from '../../contract/namespace.ts';
import { startRealDemoCluster } from '../../local/installation/real-cluster.ts';
import { startWorld, synthesizeDemo, type World } from '../../local/installation/installation.ts';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const untold: PrintDetail = () => undefined;

/**
 * The product as `cdk deploy` leaves it: the synthesized stack in an embedded AWS, with its access entries, and the chart
 * in a real cluster, installed by Helm with the values of the stack.
 */
export async function installProduct(): Promise<World> {
  const folder = temporaryFolder();
  return startWorld(folder, await synthesizeDemo(folder), startRealDemoCluster, untold);
}

/** Makes a namespace that allows every role of these suites. */
export async function createNamespace({ admin }: World, name: string): Promise<void> {
  const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["demo-*", "team/Demo-*"]' };
  await admin.createNamespace({ body: { metadata: { name, annotations } } });
}

/** What a hook that installs it may take, in milliseconds: a quarter of a minute alone; only a hang takes this long. */
export const INSTALLATION_MILLISECONDS = 300_000;

import { ALLOWED_ROLES_ANNOTATION } from '../../contract/namespace.ts';
import { installOnRealCluster } from '../../local/installation/install-on-real-cluster.ts';
import { startInstallation, synthesizeProduct, type Installation } from '../../local/installation/installation.ts';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const untold: PrintDetail = () => undefined;

/**
 * The product as `cdk deploy` leaves it: the synthesized stack in an embedded AWS, with its access entries, and the chart
 * in a real cluster, installed by Helm with the values of the stack.
 */
export async function installProduct(): Promise<Installation> {
  const folder = temporaryFolder();
  return startInstallation(folder, await synthesizeProduct(folder), installOnRealCluster, untold);
}

/** Makes a namespace that allows every role of these suites. */
export async function createNamespace({ admin }: Installation, name: string): Promise<void> {
  const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["demo-*", "team/Demo-*"]' };
  await admin.createNamespace({ body: { metadata: { name, annotations } } });
}

/** What a hook that installs it may take, in milliseconds: a quarter of a minute alone; only a hang takes this long. */
export const INSTALLATION_MILLISECONDS = 300_000;

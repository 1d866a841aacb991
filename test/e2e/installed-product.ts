import { ALLOWED_ROLES_ANNOTATION } from '../../contract/kubernetes/namespace.ts';
import { installOnRealCluster } from '../../local/installation/install-on-real-cluster.ts';
import {
  type Installation,
  startInstallation,
  synthesizeProduct,
} from '../../local/installation/installation.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Installs the product in an embedded AWS and on a real cluster, where Helm installs the chart with the values of the stack. */
export async function installProduct(): Promise<Installation> {
  const folder = temporaryFolder();
  const assembly = await synthesizeProduct(folder);
  return startInstallation(folder, assembly, installOnRealCluster, () => undefined);
}

/** Creates a namespace that allows every role of these suites. */
export async function createNamespace(
  { admin }: Pick<Installation, 'admin'>,
  name: string,
): Promise<void> {
  const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["demo-*", "team/Demo-*"]' };
  await admin.createNamespace({ body: { metadata: { name, annotations } } });
}

/** Timeout of a hook that installs the product. It takes about 15 s on an idle machine. */
export const INSTALLATION_TIMEOUT_MS = 300_000;

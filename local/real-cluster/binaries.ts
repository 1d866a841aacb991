import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** What of a Kubernetes control plane can be started. */
export type Component =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubemark';

/** Everybody says this when the binaries are missing; it is what a skipped suite shows. */
export const HOW_TO_GET =
  'set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver, e.g. KUBEBUILDER_ASSETS="$(setup-envtest use -p path)"';

/**
 * The command that starts `component`, or `undefined` when the folder has none. A folder may hold a binary for each
 * component, or one named `kubernetes` that takes the component as its first argument.
 */
export function commandOf(component: Component): readonly string[] | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS'];
  if (!folder) return undefined;
  const commands = [[join(folder, component)], [join(folder, 'kubernetes'), component]];
  return commands.find(([file]) => file !== undefined && isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

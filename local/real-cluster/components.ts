import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** What of a Kubernetes control plane can be started. */
export const COMPONENTS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubemark',
] as const;

/** One of them. */
export type Component = (typeof COMPONENTS)[number];

/** Where `npm run cluster:build` puts what it builds. */
export const BUILT_FOLDER = join(import.meta.dirname, 'build/bin');

/** Everybody says this when the binaries are missing; it is what a skipped suite shows. */
export const HOW_TO_INSTALL =
  '`npm run cluster:build` builds them (Go needed, ten minutes, once), or set KUBEBUILDER_ASSETS to a folder that has them';

/**
 * The command that starts `component`, or `undefined` when there is none. A folder may hold a binary for each component, or
 * one named `kubernetes` that takes the component as its first argument.
 *
 * All come from one folder, so that none meets another of a version that it does not get on with: the one that
 * `KUBEBUILDER_ASSETS` names, or else {@link BUILT_FOLDER}.
 */
export function commandOf(component: Component): readonly string[] | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS'] || BUILT_FOLDER;
  const commands = [[join(folder, component)], [join(folder, 'kubernetes'), component]];
  return commands.find(([file]) => file !== undefined && isExecutable(file));
}

/** @throws when there is no binary of one of them, with how to get it */
export function assertComponents(components: readonly Component[]): void {
  const missing = components.filter((component) => commandOf(component) === undefined);
  if (missing.length === 0) return;
  throw new Error(`there are no binaries of ${missing.join(', ')}: ${HOW_TO_INSTALL}`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

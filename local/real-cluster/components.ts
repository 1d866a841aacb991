import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { ProcessGroup } from './process-group.ts';

/** The components of a cluster. */
export const COMPONENTS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubemark',
] as const;

type Component = (typeof COMPONENTS)[number];

/** The output folder of `npm run cluster:build`. */
export const BUILT_FOLDER = join(import.meta.dirname, 'build/bin');

/** Instructions for installing the binaries, for errors and skipped suites. */
export const HOW_TO_INSTALL =
  'build them with `npm run cluster:build` (once; needs Go, takes ten minutes), or set KUBEBUILDER_ASSETS to their folder';

/**
 * Finds the command that starts a component, or `undefined`. Looks in `KUBEBUILDER_ASSETS` or else in
 * {@link BUILT_FOLDER}, never in both, because the versions could be incompatible. The folder contains a binary for each
 * component, or one binary `kubernetes` that takes the component as its first argument.
 */
export function commandOf(component: Component): readonly string[] | undefined {
  const folder = process.env['KUBEBUILDER_ASSETS'] || BUILT_FOLDER;
  const commands = [[join(folder, component)], [join(folder, 'kubernetes'), component]];
  return commands.find(([file]) => file !== undefined && isExecutable(file));
}

/** The minor version of Kubernetes 1 of the installed API server; undefined if it is not installed. */
export function installedMinorVersion(): number | undefined {
  const [file, ...words] = commandOf('kube-apiserver') ?? [];
  if (file === undefined) return undefined;
  const output = execFileSync(file, [...words, '--version'], { encoding: 'utf8' });
  const minor = /^Kubernetes v1\.(\d+)\./.exec(output)?.[1];
  if (minor === undefined) throw new Error(`${file} has an unknown version: ${output}`);
  return Number(minor);
}

/** @throws Error with instructions when a binary is missing */
export function assertComponents(components: readonly Component[]): void {
  const missing = components.filter((component) => commandOf(component) === undefined);
  if (missing.length === 0) return;
  throw new Error(`missing binaries ${missing.join(', ')}: ${HOW_TO_INSTALL}`);
}

/**
 * Starts a component.
 *
 * @param name - name of its log, when there are several processes of the component
 * @throws Error when its binary is missing
 */
export function launch(
  group: ProcessGroup,
  component: Component,
  args: Readonly<Record<string, string | number | boolean>>,
  name: string = component,
): void {
  assertComponents([component]);
  const command = commandOf(component) ?? [];
  const flags = Object.entries(args).map(([flag, value]) => `--${flag}=${value}`);
  group.launch(name, [...command, ...flags]);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

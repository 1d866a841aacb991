import type { ClusterView } from '../../lambda/observe/observe-cluster.ts';
import type { Terminal } from '../../tools/terminal/terminal.ts';
import { describeApiFailure } from '../kubeconfig/get-object.ts';

/** Describes the incomplete lists of a view, one line each, e.g. `pods: missing permission: ...`. */
export function describeIncompleteLists(view: ClusterView): readonly string[] {
  return Object.entries(view).flatMap(([list, { failure }]) =>
    failure === undefined ? [] : [`${KINDS[list] ?? list}: ${describeApiFailure(failure)}`],
  );
}

const KINDS: Readonly<Record<string, string>> = {
  secrets: 'Secrets',
  awsIamRoles: 'AWSIAMRoles',
};

/** Notes what could not be read, so that nobody mistakes the output for the whole. */
export function noteIncomplete(terminal: Terminal, incomplete: readonly string[]): void {
  for (const line of incomplete) {
    terminal.note({ style: 'red', text: `incomplete: ${line}` });
  }
}

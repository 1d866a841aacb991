import type { Terminal } from '../../tools/terminal/terminal.ts';
import type { NamedCluster } from '../cluster/named-cluster.ts';

/** Says that a `cdk.json` is there and counts for nothing, so that nobody takes it for checked. */
export function noteIgnored(terminal: Terminal, { ignored }: NamedCluster): void {
  if (ignored === undefined) return;
  terminal.note(
    `cdk.json here counts for nothing; what is said on the command line does: ${ignored}`,
  );
}

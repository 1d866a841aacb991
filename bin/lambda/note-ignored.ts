import type { NamedCluster } from '../cluster/named-cluster.ts';
import type { Screen } from '../terminal/screen.ts';

/** Says that a `cdk.json` is there and counts for nothing, so that nobody takes it for checked. */
export function noteIgnored(screen: Screen, { ignored }: NamedCluster): void {
  if (ignored === undefined) return;
  screen.note(
    `cdk.json here counts for nothing; what is said on the command line does: ${ignored}`,
  );
}

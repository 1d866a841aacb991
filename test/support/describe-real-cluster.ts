import { describe } from 'vitest';
import { HOW_TO_INSTALL } from '../../local/real-cluster/components.ts';
import { realClusterAvailable } from '../../local/real-cluster/real-cluster.ts';

/** `describe` where there are binaries to start; where there are none, the suite is skipped with a line that says how to get them. */
export function describeRealCluster(title: string, suite: () => void): void {
  if (!realClusterAvailable()) console.warn(`Skipped "${title}": ${HOW_TO_INSTALL}`);
  describe.skipIf(!realClusterAvailable())(title, suite);
}

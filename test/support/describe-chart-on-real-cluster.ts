import { describe } from 'vitest';
import { describeRealCluster } from './describe-real-cluster.ts';
import { helmAvailable } from './helm.ts';

/** `describe` where the chart can be rendered and put into a real cluster; where it cannot, the suite is skipped and says why. */
export function describeChartOnRealCluster(title: string, suite: () => void): void {
  if (helmAvailable()) describeRealCluster(title, suite);
  else describe.skip(`${title} (skipped: Helm and kubectl come for Linux on x86-64 only)`, suite);
}

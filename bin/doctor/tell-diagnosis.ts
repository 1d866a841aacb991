import type { ClusterOptions } from '../cluster/cluster-options.ts';
import type { KubernetesOptions } from '../kubernetes/kubernetes-options.ts';
import type { OutputOptions } from '../screen/output-option.ts';
import { createScreen, type Screen } from '../screen/screen.ts';
import { examine } from './examine.ts';
import { showResult, showSummary, summaryOf } from './render-results.ts';

/** Examines a cluster and shows the results: as they come, or as one JSON document. Returns whether nothing failed. */
export async function tellDiagnosis(
  options: ClusterOptions & KubernetesOptions & OutputOptions,
  screen: Screen = createScreen(),
): Promise<boolean> {
  const isForPeople = options.output === 'table';
  const results = await examine(options, (result) => {
    if (isForPeople) showResult(screen, result);
  });
  const isWell = results.every(({ status }) => status !== 'failed');
  if (isForPeople) showSummary(screen, results);
  else screen.json({ ok: isWell, summary: summaryOf(results), checks: results });
  return isWell;
}

import type { ClusterOptions } from '../../cluster/cluster-options.ts';
import { EXIT } from '../../exit-code.ts';
import type { KubernetesOptions } from '../../kubeconfig/kubernetes-options.ts';
import type { OutputOptions } from '../../terminal/output-option.ts';
import type { Screen } from '../../terminal/screen.ts';
import { diagnosisOf } from './diagnosis.ts';
import { examine } from './examine.ts';
import { showResult, showSummary } from './render-results.ts';

export interface DoctorOptions extends ClusterOptions, KubernetesOptions, OutputOptions {}

/** Examines a cluster, shows the results as they come, and returns the exit code: 1 when it is not well. */
export async function showDiagnosis(screen: Screen, options: DoctorOptions): Promise<number> {
  const isForPeople = options.output === 'table';
  const results = await examine(options, {
    during: (title, work) => screen.during(title, work),
    tell: (result) => {
      if (isForPeople) showResult(screen, result);
    },
  });
  const { first, ...diagnosis } = diagnosisOf(results);
  if (isForPeople) showSummary(screen, diagnosis.summary, first);
  else screen.json({ ...diagnosis, checks: results });
  return diagnosis.ok ? EXIT.ok : EXIT.wrong;
}

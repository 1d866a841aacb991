import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { EXIT } from '../../exit-code.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';
import type { KubernetesOptions } from '../../options/kubeconfig-options.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { diagnosisOf } from './diagnosis.ts';
import { examine } from './examine.ts';
import { showResult, showSummary } from './render-results.ts';

export interface DoctorOptions extends ClusterOptions, KubernetesOptions, OutputOptions {}

/** Examines a cluster, shows the results as they come, and returns the exit code: 1 when it is not well. */
export async function showDiagnosis(terminal: Terminal, options: DoctorOptions): Promise<number> {
  const isForPeople = options.output === 'table';
  const results = await examine(options, {
    during: (title, work) => terminal.withSpinner(title, work),
    tell: (result) => {
      if (isForPeople) showResult(terminal, result);
    },
  });
  const { first, ...diagnosis } = diagnosisOf(results);
  if (isForPeople) showSummary(terminal, diagnosis.summary, first);
  else terminal.json({ ...diagnosis, checks: results });
  return diagnosis.ok ? EXIT.ok : EXIT.wrong;
}

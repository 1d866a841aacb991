import { identityCheck } from './aws-checks.ts';
import type { CheckResult } from './check.ts';
import { clusterCheck } from './cluster-checks.ts';
import { SHOWN } from './render-results.ts';

/** What the results of all checks come to. */
export interface Diagnosis {
  /** Nothing failed, and something could be looked at. */
  readonly ok: boolean;
  /** Every check was made. */
  readonly complete: boolean;
  /** E.g. `22 checks: 20 ok, 2 not checked`. */
  readonly summary: string;
  /** Where to begin, unless it is ok. */
  readonly first: CheckResult | undefined;
}

/** Without the one nothing of the cluster can be looked at, and without the other nothing of AWS. */
const WAYS_IN: readonly string[] = [clusterCheck.id, identityCheck.id];

/**
 * Sums up. Who can look at neither the cluster nor AWS has a login or a kubeconfig to mend: that nothing failed then says
 * nothing.
 */
export function diagnosisOf(results: readonly CheckResult[]): Diagnosis {
  const closed = results.filter(
    ({ id, status }) => WAYS_IN.includes(id) && status === 'not-checked',
  );
  const first =
    results.find(({ status }) => status === 'failed') ??
    (closed.length === WAYS_IN.length ? closed[0] : undefined);
  return {
    ok: first === undefined,
    complete: results.every(({ status }) => status !== 'not-checked'),
    summary: summaryOf(results),
    first,
  };
}

function summaryOf(results: readonly CheckResult[]): string {
  const counts = Object.entries(SHOWN).flatMap(([status, { word }]) => {
    const count = results.filter((result) => result.status === status).length;
    return count === 0 ? [] : [`${count} ${word.toLowerCase()}`];
  });
  return `${results.length} checks: ${counts.join(', ')}`;
}

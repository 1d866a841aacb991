import { identityCheck } from './aws-checks/identity-and-cluster.ts';
import { type CheckResult, STATUS_WORDS } from './check.ts';
import { clusterCheck } from './cluster-checks/reach-and-version.ts';

/** Summary of all checks. */
export interface Diagnosis {
  /** Nothing failed, and the cluster or AWS could be reached. */
  readonly ok: boolean;
  /** Every check ran. */
  readonly complete: boolean;
  /** E.g. `22 checks: 20 ok, 2 not checked`. */
  readonly summary: string;
  /** The result to fix first, unless ok. */
  readonly first: CheckResult | undefined;
}

/** The checks of access to the cluster and to AWS. */
const ACCESS_CHECKS: readonly string[] = [clusterCheck.id, identityCheck.id];

/** Summarizes the results. A caller who can reach neither the cluster nor AWS has to fix that first. */
export function diagnosisOf(results: readonly CheckResult[]): Diagnosis {
  const withoutAccess = results.filter(
    ({ id, status }) => ACCESS_CHECKS.includes(id) && status === 'not-checked',
  );
  const first =
    results.find(({ status }) => status === 'failed') ??
    (withoutAccess.length === ACCESS_CHECKS.length ? withoutAccess[0] : undefined);
  return {
    ok: first === undefined,
    complete: results.every(({ status }) => status !== 'not-checked'),
    summary: summaryOf(results),
    first,
  };
}

function summaryOf(results: readonly CheckResult[]): string {
  const counts = Object.entries(STATUS_WORDS).flatMap(([status, word]) => {
    const count = results.filter((result) => result.status === status).length;
    return count === 0 ? [] : [`${count} ${word.toLowerCase()}`];
  });
  return `${results.length} checks: ${counts.join(', ')}`;
}

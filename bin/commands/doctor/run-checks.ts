import { errorMessageOf, RefresherError } from '../../../contract/errors.ts';
import {
  type Check,
  type CheckContext,
  type CheckResult,
  type Finding,
  failed,
  notChecked,
} from './check.ts';
import { judgeNoResponse } from './cluster-checks/reach-and-version.ts';

/** Wraps the work on a check, which may take seconds, to show its title meanwhile. */
export type Progress = <T>(title: string, work: () => Promise<T>) => Promise<T>;

/**
 * Runs the checks in order, causes before effects, and skips those that would only repeat an earlier failure.
 */
export async function runChecks(
  checks: readonly Check[],
  context: CheckContext,
  during: Progress,
): Promise<readonly CheckResult[]> {
  const results = new Map<string, CheckResult>();
  for (const check of checks) {
    const { id, title } = check;
    const result = skipped(check, results) ?? {
      id,
      title,
      ...(await during(title, () => runCheck(check, context))),
    };
    results.set(id, result);
  }
  return [...results.values()];
}

/** Skips all checks because of `cause`. */
export function skipChecks(checks: readonly Check[], cause: CheckResult): readonly CheckResult[] {
  return checks.map((check) => skippedBecauseOf(cause, check));
}

/** A check that throws has failed; the other checks still run. */
async function runCheck(check: Check, context: CheckContext): Promise<Finding> {
  try {
    return await check.run(context);
  } catch (error) {
    if (error instanceof RefresherError) return judgeNoResponse(error);
    const message = errorMessageOf(error);
    return failed(message, 'this is unexpected: please report it as a bug');
  }
}

function skipped(check: Check, results: ReadonlyMap<string, CheckResult>): CheckResult | undefined {
  const { requires = [], after = [] } = check;
  const cause =
    requires.map((id) => rootCauseOf(id, results)).find((root) => !hasPassed(root)) ??
    after.map((id) => results.get(id)).find((result) => result?.status === 'failed');
  return cause && skippedBecauseOf(cause, check);
}

function skippedBecauseOf(cause: CheckResult, { id, title }: Check): CheckResult {
  const says =
    cause.status === 'failed' ? `fix "${cause.title}" first` : `unknown without "${cause.title}"`;
  return { id, title, because: cause.id, ...notChecked(says) };
}

/** Returns the result because of which a check was skipped, or its own result. */
function rootCauseOf(
  id: string,
  results: ReadonlyMap<string, CheckResult>,
): CheckResult | undefined {
  const result = results.get(id);
  return result?.because === undefined ? result : rootCauseOf(result.because, results);
}

function hasPassed(result: CheckResult | undefined): boolean {
  return result === undefined || result.status === 'ok' || result.status === 'warning';
}

import type { Check, CheckResult, Subject } from './check.ts';
import { failed, notChecked } from './finding.ts';

/**
 * Makes the checks one after the other, in the order in which a cause comes before what follows from it, and leaves out
 * those that would say no more than an earlier failure.
 *
 * @param onResult - hears each result as it comes
 */
export async function runChecks(
  checks: readonly Check[],
  subject: Subject,
  onResult: (result: CheckResult) => void = () => undefined,
): Promise<readonly CheckResult[]> {
  const results = new Map<string, CheckResult>();
  for (const check of checks) {
    const { id, title } = check;
    const result = leftOut(check, results) ?? { id, title, ...(await make(check, subject)) };
    results.set(id, result);
    onResult(result);
  }
  return [...results.values()];
}

/** The results where nothing can be checked because of `cause`. */
export function leaveOut(
  checks: readonly Check[],
  cause: CheckResult,
  onResult: (result: CheckResult) => void = () => undefined,
): readonly CheckResult[] {
  return checks.map((check) => {
    const result = resultWithout(check, cause);
    onResult(result);
    return result;
  });
}

/** A check that breaks off is a failure of its own, and the others are made. */
async function make(check: Check, subject: Subject) {
  try {
    return await check.run(subject);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failed(message, 'this was not expected: please report it');
  }
}

function leftOut(check: Check, results: ReadonlyMap<string, CheckResult>): CheckResult | undefined {
  const { requires = [], after = [] } = check;
  const blocking =
    requires.map((one) => rootOf(one, results)).find((root) => !passed(root)) ??
    after.map((one) => results.get(one)).find((result) => result?.status === 'failed');
  return blocking && resultWithout(check, blocking);
}

function resultWithout({ id, title }: Check, cause: CheckResult): CheckResult {
  const says =
    cause.status === 'failed'
      ? `first mend "${cause.title}"`
      : `not known without "${cause.title}"`;
  return { id, title, because: cause.id, ...notChecked(says) };
}

/** The result that a result goes back to: its own, unless it was left out for another. */
function rootOf(id: string, results: ReadonlyMap<string, CheckResult>): CheckResult | undefined {
  const result = results.get(id);
  return result?.because === undefined ? result : rootOf(result.because, results);
}

function passed(result: CheckResult | undefined): boolean {
  return result === undefined || result.status === 'ok' || result.status === 'warning';
}

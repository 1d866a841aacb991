import { RefresherError } from '../../../contract/errors.ts';
import type { Check, CheckResult, Subject } from './check.ts';
import { judgeNoAnswer } from './cluster-checks.ts';
import { type Finding, failed, notChecked } from './finding.ts';

/** Hears how the checks are getting on. */
export interface Progress {
  /** Wraps the work on a check; a function that is invoked takes its time. */
  during<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Hears each result as it comes. */
  tell(result: CheckResult): void;
}

/**
 * Makes the checks one after the other, in the order in which a cause comes before what follows from it, and leaves out
 * those that would say no more than an earlier failure.
 */
export async function runChecks(
  checks: readonly Check[],
  subject: Subject,
  progress: Progress,
): Promise<readonly CheckResult[]> {
  const results = new Map<string, CheckResult>();
  for (const check of checks) {
    const { id, title } = check;
    const result = leftOut(check, results) ?? {
      id,
      title,
      ...(await progress.during(title, () => make(check, subject))),
    };
    results.set(id, result);
    progress.tell(result);
  }
  return [...results.values()];
}

/** The results where nothing can be checked because of `cause`. */
export function leaveOut(
  checks: readonly Check[],
  cause: CheckResult,
  progress: Pick<Progress, 'tell'>,
): readonly CheckResult[] {
  return checks.map((check) => {
    const result = resultWithout(check, cause);
    progress.tell(result);
    return result;
  });
}

/** A check that breaks off is a failure of its own, and the others are made. */
async function make(check: Check, subject: Subject): Promise<Finding> {
  try {
    return await check.run(subject);
  } catch (error) {
    if (error instanceof RefresherError) return judgeNoAnswer(error);
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

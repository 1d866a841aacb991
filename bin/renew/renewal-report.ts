import * as z from 'zod';
import type { Invocation } from '../functions/invoke-function.ts';

/** What is read of the answer of a run. */
const answer = z.object({
  report: z.object({
    counts: z.object({
      created: z.number(),
      renewed: z.number(),
      refused: z.number(),
      deferred: z.number(),
      failed: z.number(),
    }),
    reasons: z.record(z.string(), z.number()),
    incomplete: z.array(z.string()),
  }),
});

/** What a run did for a role whose sessions were revoked, as `--output json` has it. */
export interface RenewalReport {
  readonly roleArn: string;
  readonly cluster: string;
  readonly renewed: number;
  readonly created: number;
  readonly failed: number;
  readonly refused: number;
  /** Left for the next run, which renews what is due and not what was revoked. */
  readonly deferred: number;
  /** How many were not done, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly incomplete: readonly string[];
}

/**
 * Reads the answer of the run.
 *
 * @throws the function's own error, which names cause and remedy
 */
export function renewalReport(
  invocation: Invocation,
  { roleArn, cluster }: Pick<RenewalReport, 'roleArn' | 'cluster'>,
): RenewalReport {
  if (invocation.kind === 'error') {
    const { errorType, errorMessage } = invocation;
    throw new Error(
      `the run failed, so nothing says that all was renewed: ${errorType}: ${errorMessage}`,
    );
  }
  const parsed = answer.safeParse(invocation.payload);
  if (!parsed.success) {
    throw new Error(
      'the answer of function refresh is not that of a run: it is of another version than this command; deploy the stack',
    );
  }
  const { counts, reasons, incomplete } = parsed.data.report;
  return { roleArn, cluster, ...counts, reasons, incomplete };
}

/** Whether everything was renewed that may be. What is refused ends by itself, and is not to be renewed. */
export function isDone({ failed, deferred, incomplete }: RenewalReport): boolean {
  return failed === 0 && deferred === 0 && incomplete.length === 0;
}

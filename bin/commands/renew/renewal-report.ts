import * as z from 'zod';
import type { Invocation } from '../../lambda/invoke-function.ts';

/** What is read of the answer of a run. */
const answer = z.object({
  renewal: z.object({
    renewed: z.number(),
    notRenewed: z.array(
      z.object({
        namespace: z.string(),
        secret: z.string(),
        result: z.enum(['failed', 'refused', 'deferred']),
        reason: z.string(),
        explanation: z.string(),
      }),
    ),
  }),
});

/** What a run did for a role whose sessions were revoked, as `--output json` has it. */
export interface RenewalReport extends z.output<typeof answer.shape.renewal> {
  readonly cluster: string;
  readonly account: string;
  readonly region: string;
  readonly roleArn: string;
}

/**
 * Reads the answer of the run.
 *
 * @throws the function's own error, which names cause and remedy
 */
export function renewalReport(
  invocation: Invocation,
  of: Pick<RenewalReport, 'roleArn' | 'cluster' | 'account' | 'region'>,
): RenewalReport {
  if (invocation.kind === 'error') {
    const { errorType, errorMessage } = invocation;
    throw new Error(
      `the run failed, so nothing says that all was renewed: ${errorType}: ${errorMessage}`,
    );
  }
  const parsed = answer.safeParse(invocation.payload);
  if (parsed.success) return { ...of, ...parsed.data.renewal };
  throw new Error(
    'function refresh did not say what it renewed: it is of another version than this command; deploy the stack',
  );
}

/** Whether everything was renewed that may be. What is refused is not to be renewed, and ends by itself. */
export function isDone({ notRenewed }: RenewalReport): boolean {
  return notRenewed.every(({ result }) => result === 'refused');
}

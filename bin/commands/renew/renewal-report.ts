import * as z from 'zod';
import type { InvocationResult } from '../../lambda/invoke-function.ts';

/** The part of the function's response that reports a renewal. */
const renewalResponse = z.object({
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

/** The renewal of a role's Secrets, as `--output json` prints it. */
export interface RenewalReport extends z.output<typeof renewalResponse.shape.renewal> {
  readonly cluster: string;
  readonly account: string;
  readonly region: string;
  readonly roleArn: string;
  /** How many others were not renewed that are not listed, because the response of a refresher in the cluster is limited. */
  readonly omitted?: number;
}

/**
 * Reads the response of the function.
 *
 * @throws when the function failed, with its error
 */
export function renewalReport(
  invocation: InvocationResult,
  target: Pick<RenewalReport, 'roleArn' | 'cluster' | 'account' | 'region'>,
): RenewalReport {
  if (invocation.kind === 'error') {
    const { errorType, errorMessage } = invocation;
    throw new Error(
      `the pass failed, so some Secrets may not be renewed: ${errorType}: ${errorMessage}`,
    );
  }
  const parsed = renewalResponse.safeParse(invocation.payload);
  const { omitted } = invocation;
  if (parsed.success) {
    return { ...target, ...parsed.data.renewal, ...(omitted === undefined ? {} : { omitted }) };
  }
  throw new Error(
    'the refresher did not report what it renewed, because it has another version than this command: deploy the stack, or apply the manifests if it runs in the cluster',
  );
}

/** Whether all Secrets that may be renewed were renewed. Refused ones must not be renewed; their credentials expire. */
export function isComplete({ notRenewed, omitted = 0 }: RenewalReport): boolean {
  return omitted === 0 && notRenewed.every(({ result }) => result === 'refused');
}

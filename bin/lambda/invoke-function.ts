import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';

/** How an invocation ended: with the function's answer, or with its error. */
export type Invocation =
  | { readonly kind: 'answer'; readonly payload: unknown }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string };

const functionError = z.object({
  errorType: z.string().default('Error'),
  errorMessage: z.string().default('the function said nothing'),
});

/**
 * Invokes a function and waits for its answer.
 *
 * @throws what Lambda refuses the call with; an error of the function itself is a result
 */
export async function invokeFunction(
  lambda: Pick<LambdaClient, 'send'>,
  functionName: string,
  event: object,
): Promise<Invocation> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
  );
  const payload: unknown = JSON.parse(Payload?.transformToString() || 'null');
  if (FunctionError === undefined) return { kind: 'answer', payload };
  return { kind: 'error', ...functionError.parse(payload ?? {}) };
}

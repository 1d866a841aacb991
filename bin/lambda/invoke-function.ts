import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';

/** Result of an invocation: the function's response or its error. */
export type InvocationResult =
  | {
      readonly kind: 'response';
      readonly payload: unknown;
      /** How many items of lists are missing in the payload, because an annotation has a limit. */
      readonly omitted?: number;
    }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string };

const functionError = z.object({
  errorType: z.string().default('Error'),
  errorMessage: z.string().default('no error message'),
});

/**
 * Invokes a function and waits for the result. An error of the function is a result.
 *
 * @throws the SDK's error if Lambda rejects the call
 */
export async function invokeFunction(
  lambda: Pick<LambdaClient, 'send'>,
  functionName: string,
  event: object,
): Promise<InvocationResult> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
  );
  const payload: unknown = JSON.parse(Payload?.transformToString() || 'null');
  if (FunctionError === undefined) return { kind: 'response', payload };
  return { kind: 'error', ...functionError.parse(payload ?? {}) };
}

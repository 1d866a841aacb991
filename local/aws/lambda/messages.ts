/** An error as Lambda returns it for a failed invocation. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** What a handler's context is made from. */
export interface InvocationDetails {
  readonly requestId: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMegabytes: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly timeoutSeconds: number;
  /** The trace of AWS X-Ray, for `_X_AMZN_TRACE_ID`. */
  readonly traceId: string;
}

/** A message to the execution environment's process. Each contains the offset of the embedded clock. */
export type EnvironmentRequest =
  | {
      readonly kind: 'start';
      readonly clockOffsetMs: number;
      readonly folder: string;
      readonly handler: string;
    }
  | { readonly kind: 'clock' | 'crash'; readonly clockOffsetMs: number }
  | {
      readonly kind: 'invoke';
      readonly clockOffsetMs: number;
      /** The event as JSON. */
      readonly event: string;
      readonly details: InvocationDetails;
    };

/** A message from the execution environment's process: one reply to `start` and one to each `invoke`. */
export type EnvironmentReply =
  | { readonly kind: 'ready' }
  /** The handler's result as JSON. */
  | { readonly kind: 'succeeded'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: FunctionError };

/** Written to stdout and stderr before each reply, so that every line of an invocation is read before its end. */
export const END_OF_OUTPUT = '\u0000end-of-output\u0000';

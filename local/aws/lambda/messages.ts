/** An error as Lambda answers it for a failed invocation. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** What Lambda tells a function of itself and of the invocation. */
export interface InvocationDetails {
  readonly requestId: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMegabytes: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly timeoutSeconds: number;
}

/** What the execution environment is told. The distance to the machine's clock comes with whatever makes code run. */
export type EnvironmentRequest =
  | {
      readonly kind: 'start';
      readonly offsetMilliseconds: number;
      readonly folder: string;
      readonly handler: string;
    }
  | { readonly kind: 'clock' | 'crash'; readonly offsetMilliseconds: number }
  | {
      readonly kind: 'invoke';
      readonly offsetMilliseconds: number;
      /** The event as JSON. */
      readonly event: string;
      readonly facts: InvocationDetails;
    };

/** What the execution environment answers: one message to `start`, one to each `invoke`. */
export type EnvironmentReply =
  | { readonly kind: 'ready' }
  /** The handler's result as JSON. */
  | { readonly kind: 'succeeded'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: FunctionError };

/** Written to stdout and stderr before each answer, so that every line of an invocation is read before its end. */
export const END_OF_OUTPUT = '\u0000end-of-output\u0000';

import type { FunctionError } from './messages.ts';

/** How a function ended an invocation. */
export type InvocationOutcome =
  | { readonly kind: 'success'; readonly payload: unknown }
  | { readonly kind: 'error'; readonly error: FunctionError };

/** The result of an invocation: its outcome, or that it was throttled because too many were running. */
export type InvocationResult = InvocationOutcome | { readonly kind: 'throttled' };

/** An invocation that ended. */
export interface InvocationRecord {
  readonly functionName: string;
  readonly requestId: string;
  readonly event: unknown;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly result: InvocationResult;
}

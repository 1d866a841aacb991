import type { MetricStore } from '../cloudwatch/metric-store.ts';
import type { InvocationRecord } from './functions.ts';

/** What Lambda itself tells CloudWatch of functions. */
export interface FunctionMetrics {
  /** Of an invocation that ended, or was throttled. @param concurrent - how many ran when it began, itself among them */
  ended(record: InvocationRecord, concurrent: number): void;
  /** Of an event that the asynchronous queue took, and of one that it gave up. */
  received(functionName: string): void;
  dropped(functionName: string): void;
}

/**
 * Sends to `store` what Lambda sends: a 0 in `Errors` with each invocation that goes well, but nothing in `Throttles` and
 * `AsyncEventsDropped` unless there was one. What it says of an invocation has the time at which that began.
 */
export function createFunctionMetrics(store: Pick<MetricStore, 'put'>): FunctionMetrics {
  function put(functionName: string, name: string, value: number, at?: Date): void {
    const dimensions = { FunctionName: functionName };
    store.put({ namespace: 'AWS/Lambda', name, dimensions }, [value], at);
  }
  return {
    ended({ functionName, startedAt, endedAt, result }, concurrent) {
      if (result.kind === 'throttled') return put(functionName, 'Throttles', 1, startedAt);
      put(functionName, 'Invocations', 1, startedAt);
      put(functionName, 'Errors', result.kind === 'error' ? 1 : 0, startedAt);
      put(functionName, 'Duration', endedAt.getTime() - startedAt.getTime(), startedAt);
      put(functionName, 'ConcurrentExecutions', concurrent, startedAt);
    },
    received: (functionName) => put(functionName, 'AsyncEventsReceived', 1),
    dropped: (functionName) => put(functionName, 'AsyncEventsDropped', 1),
  };
}

import type { MetricStore } from '../cloudwatch/metric-store.ts';
import type { InvocationRecord } from './invocation.ts';

/** The metrics that Lambda itself emits for functions. */
export interface FunctionMetrics {
  /** An invocation ended or was throttled. @param concurrent - running invocations when it began, including itself */
  invocationEnded(record: InvocationRecord, concurrent: number): void;
  /** The asynchronous queue accepted an event. */
  eventReceived(functionName: string): void;
  /** The asynchronous queue gave up an event. */
  eventDropped(functionName: string): void;
}

/**
 * Emits metrics as Lambda does: `Errors` is 0 for each invocation that succeeds, but `Throttles` and `AsyncEventsDropped`
 * have values only when one occurs. The metrics of an invocation have its start time.
 */
export function createFunctionMetrics(store: Pick<MetricStore, 'put'>): FunctionMetrics {
  function put(functionName: string, name: string, value: number, at?: Date): void {
    const dimensions = { FunctionName: functionName };
    store.put({ namespace: 'AWS/Lambda', name, dimensions }, [value], at);
  }
  return {
    invocationEnded({ functionName, startedAt, endedAt, result }, concurrent) {
      if (result.kind === 'throttled') return put(functionName, 'Throttles', 1, startedAt);
      put(functionName, 'Invocations', 1, startedAt);
      put(functionName, 'Errors', result.kind === 'error' ? 1 : 0, startedAt);
      put(functionName, 'Duration', endedAt.getTime() - startedAt.getTime(), startedAt);
      put(functionName, 'ConcurrentExecutions', concurrent, startedAt);
    },
    eventReceived: (functionName) => put(functionName, 'AsyncEventsReceived', 1),
    eventDropped: (functionName) => put(functionName, 'AsyncEventsDropped', 1),
  };
}

import type { Clock } from '../../clock.ts';
import type { Timeline } from '../../timeline.ts';
import type { FunctionMetrics } from './function-metrics.ts';
import type { InvocationResult } from './functions.ts';
import type { FunctionError } from './messages.ts';

/** An asynchronous invocation that Lambda gave up. */
export interface AsyncFailure {
  readonly functionName: string;
  readonly event: unknown;
  /** As Lambda tells a failure destination. */
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded';
  /** Of the last attempt; absent when that was throttled. */
  readonly error: FunctionError | undefined;
}

/** How often and how long an event is tried. */
export interface RetryPolicy {
  readonly maximumEventAgeSeconds: number;
  readonly maximumRetryAttempts: number;
}

/** What the queue is made of. */
export interface AsyncQueueDeps {
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly invoke: (functionName: string, event: unknown) => Promise<InvocationResult>;
  readonly policyOf: (functionName: string) => RetryPolicy;
  readonly metrics: Pick<FunctionMetrics, 'received' | 'dropped'>;
}

/** Lambda's queue of events. */
export interface AsyncQueue {
  readonly failures: readonly AsyncFailure[];
  /** Has the event handled, soon. */
  send(functionName: string, event: unknown): void;
  /** Ends when nothing is being handled; what waits for its next try waits for the clock. Throws what broke, if anything. */
  settled(): Promise<void>;
}

interface QueuedEvent {
  readonly functionName: string;
  readonly event: unknown;
  readonly sentAt: Date;
  readonly errors: number;
  readonly throttles: number;
}

/** Waits before the second and the third try of a failed function, in seconds (developer guide, asynchronous invocation). */
const RETRY_WAIT_SECONDS = [60, 120];

/** An empty queue. */
export function createAsyncQueue(deps: AsyncQueueDeps): AsyncQueue {
  const { clock, timeline } = deps;
  const failures: AsyncFailure[] = [];
  const running = new Set<Promise<void>>();
  const broken: unknown[] = [];

  function start(queued: QueuedEvent): void {
    const handling = handle(queued)
      .catch((error: unknown) => void broken.push(error))
      .finally(() => running.delete(handling));
    running.add(handling);
  }

  function giveUp(failure: AsyncFailure): void {
    failures.push(failure);
    deps.metrics.dropped(failure.functionName);
  }

  async function handle(queued: QueuedEvent): Promise<void> {
    const result = await deps.invoke(queued.functionName, queued.event);
    if (result.kind === 'success') return;
    const policy = deps.policyOf(queued.functionName);
    const next = nextTry(queued, result);
    const error = result.kind === 'error' ? result.error : undefined;
    const { functionName, event } = queued;
    if (next.errors > policy.maximumRetryAttempts) {
      giveUp({ functionName, event, condition: 'RetriesExhausted', error });
      return;
    }
    const due = new Date(clock.now().getTime() + waitSeconds(next, result) * 1_000);
    if (due.getTime() - queued.sentAt.getTime() > policy.maximumEventAgeSeconds * 1_000) {
      giveUp({ functionName, event, condition: 'EventAgeExceeded', error });
    } else {
      timeline.at(due, () => start(next));
    }
  }

  return {
    failures,
    send: (functionName, event) => {
      deps.metrics.received(functionName);
      start({ functionName, event, sentAt: clock.now(), errors: 0, throttles: 0 });
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
      if (broken.length > 0) throw broken.shift();
    },
  };
}

function nextTry(queued: QueuedEvent, result: InvocationResult): QueuedEvent {
  return result.kind === 'throttled'
    ? { ...queued, throttles: queued.throttles + 1 }
    : { ...queued, errors: queued.errors + 1 };
}

// A throttled event comes back after 1 second, then ever later, up to 5 minutes; that is no retry of the policy.
function waitSeconds(next: QueuedEvent, result: InvocationResult): number {
  if (result.kind === 'throttled') return Math.min(2 ** (next.throttles - 1), 300);
  return RETRY_WAIT_SECONDS[next.errors - 1] ?? 120;
}

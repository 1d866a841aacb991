import type { Clock } from '../../clock.ts';
import type { Timeline } from '../../timeline.ts';
import type { FunctionMetrics } from './function-metrics.ts';
import type { InvocationResult } from './invocation.ts';
import type { FunctionError } from './messages.ts';

/** An asynchronous invocation that Lambda gave up. */
interface AsyncFailure {
  readonly functionName: string;
  readonly event: unknown;
  /** As in the records that Lambda sends to a failure destination. */
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded';
  /** The error of the last attempt; undefined if that was throttled. */
  readonly error: FunctionError | undefined;
}

/** How often and for how long an event is retried. */
export interface RetryPolicy {
  readonly maximumEventAgeSeconds: number;
  readonly maximumRetryAttempts: number;
}

/** Dependencies of the queue. */
interface AsyncQueueDeps {
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly invoke: (functionName: string, event: unknown) => Promise<InvocationResult>;
  readonly policyOf: (functionName: string) => RetryPolicy;
  readonly metrics: Pick<FunctionMetrics, 'eventReceived' | 'eventDropped'>;
}

/** Lambda's queue of asynchronous invocations. */
export interface AsyncQueue {
  readonly failures: readonly AsyncFailure[];
  /** Invokes the function with the event. Returns at once. */
  send(functionName: string, event: unknown): void;
  /** Waits until no invocation is running; retries wait for the clock. @throws what failed unexpectedly */
  settled(): Promise<void>;
}

interface QueuedEvent {
  readonly functionName: string;
  readonly event: unknown;
  readonly sentAt: Date;
  readonly errors: number;
  readonly throttles: number;
}

/** Delays before the second and third attempt after a function error, in seconds (developer guide, asynchronous invocation). */
const RETRY_DELAYS_SECONDS = [60, 120];

/** Creates an empty queue. */
export function createAsyncQueue(deps: AsyncQueueDeps): AsyncQueue {
  const { clock, timeline } = deps;
  const failures: AsyncFailure[] = [];
  const running = new Set<Promise<void>>();
  const unexpected: unknown[] = [];

  function start(queued: QueuedEvent): void {
    const handling = handle(queued)
      .catch((error: unknown) => void unexpected.push(error))
      .finally(() => running.delete(handling));
    running.add(handling);
  }

  function giveUp(failure: AsyncFailure): void {
    failures.push(failure);
    deps.metrics.eventDropped(failure.functionName);
  }

  async function handle(queued: QueuedEvent): Promise<void> {
    const result = await deps.invoke(queued.functionName, queued.event);
    if (result.kind === 'success') return;
    const policy = deps.policyOf(queued.functionName);
    const next = nextAttempt(queued, result);
    const error = result.kind === 'error' ? result.error : undefined;
    const { functionName, event } = queued;
    if (next.errors > policy.maximumRetryAttempts) {
      giveUp({ functionName, event, condition: 'RetriesExhausted', error });
      return;
    }
    const due = new Date(clock.now().getTime() + delaySeconds(next, result) * 1_000);
    if (due.getTime() - queued.sentAt.getTime() > policy.maximumEventAgeSeconds * 1_000) {
      giveUp({ functionName, event, condition: 'EventAgeExceeded', error });
    } else {
      timeline.at(due, () => start(next));
    }
  }

  return {
    failures,
    send: (functionName, event) => {
      deps.metrics.eventReceived(functionName);
      start({ functionName, event, sentAt: clock.now(), errors: 0, throttles: 0 });
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
      if (unexpected.length > 0) throw unexpected.shift();
    },
  };
}

function nextAttempt(queued: QueuedEvent, result: InvocationResult): QueuedEvent {
  return result.kind === 'throttled'
    ? { ...queued, throttles: queued.throttles + 1 }
    : { ...queued, errors: queued.errors + 1 };
}

// Lambda retries a throttled event after 1 second and then at doubling intervals of up to 5 minutes. These retries do
// not count towards maximumRetryAttempts.
function delaySeconds(next: QueuedEvent, result: InvocationResult): number {
  if (result.kind === 'throttled') return Math.min(2 ** (next.throttles - 1), 300);
  return RETRY_DELAYS_SECONDS[next.errors - 1] ?? 120;
}

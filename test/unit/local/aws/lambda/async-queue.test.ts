import { describe, expect, it } from 'vitest';
import { createAsyncQueue, type RetryPolicy } from '../../../../../local/aws/lambda/async-queue.ts';
import type { InvocationResult } from '../../../../../local/aws/lambda/functions.ts';
import { MovableClock } from '../../../../../local/clock.ts';
import { createTimeline } from '../../../../../local/timeline.ts';

const ERROR: InvocationResult = {
  kind: 'error',
  error: { errorType: 'Error', errorMessage: 'no', trace: [] },
};
const SUCCESS: InvocationResult = { kind: 'success', payload: null };

function setUp(policy: RetryPolicy, results: InvocationResult[]) {
  const clock = new MovableClock();
  const timeline = createTimeline(clock);
  const start = clock.now().getTime();
  const triedAtSeconds: number[] = [];
  const counted: string[] = [];
  const queue = createAsyncQueue({
    clock,
    timeline,
    policyOf: () => policy,
    metrics: {
      received: (name) => counted.push(`${name} received`),
      dropped: (name) => counted.push(`${name} dropped`),
    },
    invoke: async () => {
      triedAtSeconds.push(Math.round((clock.now().getTime() - start) / 1_000));
      return results.shift() ?? SUCCESS;
    },
  });
  const run = async (seconds: number) => {
    queue.send('fn', { n: 1 });
    await queue.settled();
    await timeline.advance(seconds, queue.settled);
  };
  return { queue, run, triedAtSeconds, counted };
}

describe('an asynchronous invocation', () => {
  const hours = { maximumEventAgeSeconds: 21_600, maximumRetryAttempts: 2 };

  it('that fails is tried again after one and two minutes, then given up', async () => {
    const { queue, run, triedAtSeconds } = setUp(hours, [ERROR, ERROR, ERROR]);
    await run(3_600);
    expect(triedAtSeconds).toEqual([0, 60, 180]);
    expect(queue.failures).toEqual([
      {
        functionName: 'fn',
        event: { n: 1 },
        condition: 'RetriesExhausted',
        error: ERROR.kind === 'error' ? ERROR.error : undefined,
      },
    ]);
  });

  it('that fails is not tried again without retries', async () => {
    const policy = { maximumEventAgeSeconds: 60, maximumRetryAttempts: 0 };
    const { queue, run, triedAtSeconds, counted } = setUp(policy, [ERROR]);
    await run(3_600);
    expect(triedAtSeconds).toEqual([0]);
    expect(queue.failures).toHaveLength(1);
    expect(counted).toEqual(['fn received', 'fn dropped']);
  });

  it('ends with its event age', async () => {
    const policy = { maximumEventAgeSeconds: 100, maximumRetryAttempts: 2 };
    const { queue, run, triedAtSeconds } = setUp(policy, [ERROR, ERROR]);
    await run(3_600);
    expect(triedAtSeconds).toEqual([0, 60]);
    expect(queue.failures).toMatchObject([{ condition: 'EventAgeExceeded' }]);
  });

  it('that is throttled comes back, ever later, without using up retries', async () => {
    const throttled: InvocationResult = { kind: 'throttled' };
    const policy = { maximumEventAgeSeconds: 60, maximumRetryAttempts: 0 };
    const { queue, run, triedAtSeconds, counted } = setUp(policy, [
      throttled,
      throttled,
      throttled,
    ]);
    await run(60);
    expect(triedAtSeconds).toEqual([0, 1, 3, 7]);
    expect(queue.failures).toEqual([]);
    expect(counted).toEqual(['fn received']);
  });

  it('that cannot be run at all is an error for who waits', async () => {
    const clock = new MovableClock();
    const queue = createAsyncQueue({
      clock,
      timeline: createTimeline(clock),
      policyOf: () => hours,
      metrics: { received: () => {}, dropped: () => {} },
      invoke: () => Promise.reject(new Error('no process')),
    });
    queue.send('fn', {});
    await expect(queue.settled()).rejects.toThrow('no process');
  });
});

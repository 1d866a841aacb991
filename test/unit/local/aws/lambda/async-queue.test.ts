import { describe, expect, it } from 'vitest';
import { createAsyncQueue, type RetryPolicy } from '../../../../../local/aws/lambda/async-queue.ts';
import type { InvocationResult } from '../../../../../local/aws/lambda/invocation.ts';
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
  const attemptsAtSeconds: number[] = [];
  const counted: string[] = [];
  const queue = createAsyncQueue({
    clock,
    timeline,
    policyOf: () => policy,
    metrics: {
      eventReceived: (name) => counted.push(`${name} received`),
      eventDropped: (name) => counted.push(`${name} dropped`),
    },
    invoke: async () => {
      attemptsAtSeconds.push(Math.round((clock.now().getTime() - start) / 1_000));
      return results.shift() ?? SUCCESS;
    },
  });
  const sendAndAdvance = async (seconds: number) => {
    queue.send('fn', { n: 1 });
    await queue.settled();
    await timeline.advance(seconds, queue.settled);
  };
  return { queue, sendAndAdvance, attemptsAtSeconds, counted };
}

describe('an asynchronous invocation', () => {
  const hours = { maximumEventAgeSeconds: 21_600, maximumRetryAttempts: 2 };

  it('that fails is retried after one and two minutes, then given up', async () => {
    const { queue, sendAndAdvance, attemptsAtSeconds } = setUp(hours, [ERROR, ERROR, ERROR]);
    await sendAndAdvance(3_600);
    expect(attemptsAtSeconds).toEqual([0, 60, 180]);
    expect(queue.failures).toEqual([
      {
        functionName: 'fn',
        event: { n: 1 },
        condition: 'RetriesExhausted',
        error: ERROR.kind === 'error' ? ERROR.error : undefined,
      },
    ]);
  });

  it('that fails is not retried if the policy has no retries', async () => {
    const policy = { maximumEventAgeSeconds: 60, maximumRetryAttempts: 0 };
    const { queue, sendAndAdvance, attemptsAtSeconds, counted } = setUp(policy, [ERROR]);
    await sendAndAdvance(3_600);
    expect(attemptsAtSeconds).toEqual([0]);
    expect(queue.failures).toHaveLength(1);
    expect(counted).toEqual(['fn received', 'fn dropped']);
  });

  it('is given up at the maximum event age', async () => {
    const policy = { maximumEventAgeSeconds: 100, maximumRetryAttempts: 2 };
    const { queue, sendAndAdvance, attemptsAtSeconds } = setUp(policy, [ERROR, ERROR]);
    await sendAndAdvance(3_600);
    expect(attemptsAtSeconds).toEqual([0, 60]);
    expect(queue.failures).toMatchObject([{ condition: 'EventAgeExceeded' }]);
  });

  it('that is throttled is retried at growing intervals, which do not count as retries', async () => {
    const throttled: InvocationResult = { kind: 'throttled' };
    const policy = { maximumEventAgeSeconds: 60, maximumRetryAttempts: 0 };
    const { queue, sendAndAdvance, attemptsAtSeconds, counted } = setUp(policy, [
      throttled,
      throttled,
      throttled,
    ]);
    await sendAndAdvance(60);
    expect(attemptsAtSeconds).toEqual([0, 1, 3, 7]);
    expect(queue.failures).toEqual([]);
    expect(counted).toEqual(['fn received']);
  });

  it('that fails unexpectedly rejects settled()', async () => {
    const clock = new MovableClock();
    const queue = createAsyncQueue({
      clock,
      timeline: createTimeline(clock),
      policyOf: () => hours,
      metrics: { eventReceived: () => {}, eventDropped: () => {} },
      invoke: () => Promise.reject(new Error('no process')),
    });
    queue.send('fn', {});
    await expect(queue.settled()).rejects.toThrow('no process');
  });
});

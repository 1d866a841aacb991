import { describe, expect, it } from 'vitest';
import type { CredentialRequest } from '../../../../contract/pod-event.ts';
import type { ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import {
  type ServedRequest,
  summarizePodEvent,
} from '../../../../lambda/report/pod-event-report.ts';
import {
  aPod,
  aRequest,
  aView,
  listing,
  minutes,
  NOW,
} from '../../../support/builders/builders.ts';

type Result = ItemOutcome['result'];

/** A request served a second after NOW, with a result; no result if no pod requests the Secret. */
function served(result: Result | undefined, overrides: Partial<ServedRequest> = {}): ServedRequest {
  const subject = {
    namespace: 'shop',
    name: 'aws-iam-orders',
    role: 'orders',
    roleArn: 'arn:aws:iam::123456789012:role/orders',
    sessionSeconds: 3_600,
  };
  const outcome = { ...subject, action: 'create', result, reason: 'x', message: 'x' };
  return {
    request: aRequest('aws-iam-orders'),
    view: aView({ pods: [aPod('web', ['aws-iam-orders'])] }),
    outcomes: result === undefined ? [] : [outcome as ItemOutcome],
    servedAt: new Date(NOW.getTime() + 1_000),
    ...overrides,
  };
}

const sum = (all: readonly ServedRequest[], left: readonly CredentialRequest[] = []) =>
  summarizePodEvent({ served: all, left, startedAt: NOW, endedAt: minutes(1), unwritten: [] });

const seenAt = (instant: Date) => ({
  request: aRequest('aws-iam-orders', { seenAt: instant.toISOString() }),
});

describe('summarizePodEvent', () => {
  it('counts requests, unfounded requests, and each result', () => {
    const all = [served('created'), served('refused'), served('created'), served(undefined)];
    expect(sum(all)).toMatchObject({
      wanted: 4,
      unfounded: 1,
      counts: { created: 2, refused: 1, kept: 0, failed: 0 },
      durationMilliseconds: 60_000,
      incomplete: [],
    });
  });

  it('names the namespaces with the most requests that are left to the next pass', () => {
    const left = Array.from({ length: 12 }, (_, index) =>
      Array.from({ length: index + 1 }, () =>
        aRequest('aws-iam-orders', { namespace: `ns-${index}` }),
      ),
    ).flat();
    const report = sum([served('created')], left);
    expect(report).toMatchObject({ wanted: 1, requestsLeft: 78 });
    expect(report.mostRequestsLeft).toHaveLength(10);
    expect(report.mostRequestsLeft[0]).toEqual({ namespace: 'ns-11', requests: 12 });
  });

  it('does not count a request as unfounded if its pod could not be read', () => {
    const view = { ...aView({}), pods: listing([], new Error('503')) };
    expect(sum([served(undefined, { view })])).toMatchObject({
      unfounded: 0,
      incomplete: ['pods: 503'],
    });
  });

  it.each<[Result | undefined, readonly number[]]>([
    ['created', [1_000]],
    ['renewed', []],
    ['kept', []],
    ['unmarked', []],
    ['refused', []],
    ['deferred', []],
    ['failed', []],
    [undefined, []],
  ])('for the result %s, has latencies %j', (result, latencies) => {
    expect(sum([served(result)]).latencies).toEqual(latencies);
  });

  it("reports a latency of 0 if the forwarder's clock is ahead", () => {
    expect(sum([served('created', seenAt(minutes(3)))]).latencies).toEqual([0]);
    expect(
      sum([served('created', { request: aRequest('x', { seenAt: '9999-12-31T23:59:59Z' }) })]),
    ).toMatchObject({
      latencies: [0],
    });
  });

  it('ignores a latency of more than ten minutes', () => {
    const ago = (milliseconds: number) => seenAt(new Date(NOW.getTime() + 1_000 - milliseconds));
    expect(sum([served('created', ago(600_000))]).latencies).toEqual([600_000]);
    expect(sum([served('created', ago(600_001))]).latencies).toEqual([]);
    const ancient = { request: aRequest('x', { seenAt: '0001-01-01T00:00:00Z' }) };
    expect(sum([served('created', ancient)]).latencies).toEqual([]);
  });

  it('reports a shared failure once, and at most ten failures', () => {
    const failing = (message: string) =>
      served(undefined, { view: { ...aView({}), pods: listing([], new Error(message)) } });
    expect(sum([failing('503'), failing('503')]).incomplete).toEqual(['pods: 503']);
    const { incomplete } = sum(Array.from({ length: 500 }, (_, i) => failing(`no ${i}`)));
    expect(incomplete).toHaveLength(11);
    expect(incomplete.at(0)).toBe('pods: no 0');
    expect(incomplete.at(-1)).toBe('and 490 more');
  });
});

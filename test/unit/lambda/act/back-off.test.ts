import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../../contract/budgets.ts';
import { createBackOff } from '../../../../lambda/act/back-off.ts';
import type { FailedOutcome, ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import { NOW } from '../../../support/builders/builders.ts';

const SUBJECT = {
  action: 'create',
  namespace: 'shop',
  name: 'aws-iam-orders',
  role: 'orders',
  roleArn: 'arn:aws:iam::123456789012:role/orders',
  sessionSeconds: 3_600,
} as const;
const DENIED: FailedOutcome = {
  ...SUBJECT,
  result: 'failed',
  reason: 'assume-role-denied',
  message: 'denied',
};

const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);

/** Returns the seconds at which a request is tried that arrives every second and always fails. */
function triesWithin(
  seconds: number,
  newsAt: (second: number) => readonly string[],
  failure: ItemOutcome = DENIED,
): readonly number[] {
  const backOff = createBackOff();
  const tries: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const news = newsAt(second);
    if (backOff.lastFailure(SUBJECT, news, at(second)) !== undefined) continue;
    tries.push(second);
    backOff.record(SUBJECT, news, at(second), failure);
  }
  return tries;
}

it('doubles the delay from 10 s to 5 minutes', () => {
  expect(triesWithin(1_300, () => ['pod 1'])).toEqual([0, 10, 30, 70, 150, 310, 610, 910, 1_210]);
});

describe.each(['pod', 'namespace', 'resource'])('a new %s', (kind) => {
  it('is tried at once, and the delays start again', () => {
    const tries = triesWithin(300, (second) => [`${kind} ${second < 200 ? 'old' : 'new'}`]);
    expect(tries).toEqual([0, 10, 30, 70, 150, 200, 210, 230, 270]);
  });

  it('in each second is tried every 10 s', () => {
    expect(triesWithin(60, (second) => [`${kind} ${second}`])).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it('that has been there before is not tried again', () => {
    const tries = triesWithin(300, (second) => [`${kind} ${second % 2}`]);
    expect(tries).toEqual([0, 10, 21, 31, 51, 91, 171]);
  });
});

it.each([
  ['sts-throttled', { ...DENIED, reason: 'sts-throttled' }],
  ['sts-failed', { ...DENIED, reason: 'sts-failed' }],
  ['api-failed', { ...DENIED, reason: 'api-failed' }],
  [
    'name-taken, which is looked up',
    { ...SUBJECT, result: 'refused', reason: 'name-taken', message: '' },
  ],
] as const satisfies readonly (readonly [string, ItemOutcome])[])(
  'does not delay the retry after %s',
  (_, outcome) => {
    expect(triesWithin(3, () => [], outcome)).toEqual([0, 1, 2]);
  },
);

it('reports when the item was tried, and from when on it is tried again', () => {
  const backOff = createBackOff();
  backOff.record(SUBJECT, ['pod 1'], at(0), DENIED);
  backOff.record(SUBJECT, ['pod 1'], at(60), DENIED);
  const times = (news: string) => {
    const { triedAt, retryAt } = backOff.lastFailure(SUBJECT, [news], at(65)) ?? {};
    return [triedAt, retryAt];
  };
  expect(times('pod 1')).toEqual([at(60), at(80)]);
  expect(times('pod 2')).toEqual([at(60), at(70)]);
});

it('forgets the failure after a success', () => {
  const backOff = createBackOff();
  backOff.record(SUBJECT, [], at(0), DENIED);
  backOff.record(SUBJECT, [], at(10), { ...SUBJECT, result: 'created' });
  expect(backOff.lastFailure(SUBJECT, [], at(10))).toBeUndefined();
});

it('remembers long news in little memory, and a limited number of them', () => {
  const backOff = createBackOff();
  const long = 'x'.repeat(250_000);
  backOff.record(SUBJECT, [`namespace ${long}`], at(0), DENIED);
  expect(backOff.lastFailure(SUBJECT, [`namespace ${long}`], at(9))).toBeDefined();
  for (let i = 1; i <= 101; i += 1) backOff.record(SUBJECT, [`pod ${i}`], at(i), DENIED);
  // The first pod is forgotten, and news again.
  expect(backOff.lastFailure(SUBJECT, ['pod 1'], at(111))).toBeUndefined();
});

describe('many denied roles of a namespace', () => {
  const { deniedPerNamespacePerMinute: limit } = BUDGET;
  const item = (index: number, namespace = 'shop') => ({
    ...SUBJECT,
    namespace,
    name: `aws-iam-r${index}`,
  });

  it('exhaust it for a minute, and no other', () => {
    const backOff = createBackOff();
    for (let index = 0; index < limit; index += 1) {
      expect(backOff.isExhausted('shop', at(1))).toBe(false);
      backOff.record(item(index), [], at(1), DENIED);
    }
    expect(backOff.isExhausted('shop', at(59))).toBe(true);
    expect(backOff.isExhausted('bank', at(59))).toBe(false);
    expect(backOff.isExhausted('shop', at(60))).toBe(false);
  });

  /** The tries of items that arrive every ten seconds and are always denied: seconds and item of each. */
  function triesOf(count: number, seconds: number): readonly (readonly [number, number])[] {
    const backOff = createBackOff();
    const times = Array.from({ length: seconds / 10 }, (_, index) => index * 10);
    const arrivals = times.flatMap((second) =>
      Array.from({ length: count }, (_, index) => [second, index] as const),
    );
    return arrivals.filter(([second, index]) => {
      if (backOff.lastFailure(item(index), [], at(second)) !== undefined) return false;
      if (backOff.isExhausted('shop', at(second))) return false;
      backOff.record(item(index), [], at(second), DENIED);
      return true;
    });
  }

  it.each([10, 300, 2_000, 5_000])('cost a bounded number of calls a minute: %i roles', (count) => {
    const minutesOfTries = triesOf(count, 3_600).map(([second]) => Math.floor(second / 60));
    const counts = Array.from(
      { length: 60 },
      (_, minute) => minutesOfTries.filter((one) => one === minute).length,
    );
    expect(Math.max(...counts)).toBeLessThanOrEqual(limit);
  });

  it('have their turns: each of 300 is tried again within ten minutes', () => {
    const late = triesOf(300, 1_800).filter(([second]) => second >= 1_200);
    expect(new Set(late.map(([, index]) => index)).size).toBe(300);
  });

  it('do not make it forget those of another', () => {
    const backOff = createBackOff();
    backOff.record(item(0, 'bank'), [], at(0), DENIED);
    for (let index = 0; index < 20_000; index += 1) {
      backOff.record(item(index), [], at(0), DENIED);
    }
    expect(backOff.lastFailure(item(0, 'bank'), [], at(9))).toBeDefined();
  });
});

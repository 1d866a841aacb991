import { describe, expect, it } from 'vitest';
import { createMetricStore } from '../../../../../local/aws/cloudwatch/metric-store.ts';
import { computeStatistic } from '../../../../../local/aws/cloudwatch/statistic.ts';
import { MovableClock } from '../../../../../local/clock.ts';

const METRIC = { namespace: 'Shop', name: 'Sold', dimensions: { Cluster: 'prod', service: 'x' } };
const REORDERED = {
  namespace: 'Shop',
  name: 'Sold',
  dimensions: { service: 'x', Cluster: 'prod' },
};

describe('the metric store', () => {
  const noon = new Date('2030-01-01T12:00:00Z');
  const later = (seconds: number) => new Date(noon.getTime() + seconds * 1_000);
  const farAhead = new Date('2100-01-01T00:00:00Z');

  it('distinguishes metrics by their dimensions, in any order', () => {
    const store = createMetricStore(new MovableClock());
    store.put(METRIC, [1], noon);
    store.put(REORDERED, [2], noon);
    store.put({ ...METRIC, dimensions: { Cluster: 'prod' } }, [4], noon);
    const span = { from: noon, until: later(1) };
    expect(store.values(REORDERED, span, farAhead)).toEqual([1, 2]);
    expect(store.metrics()).toHaveLength(2);
  });

  it('returns the values of a span, excluding its end', () => {
    const store = createMetricStore(new MovableClock());
    for (const second of [-1, 0, 59, 60]) store.put(METRIC, [second], later(second));
    expect(store.values(METRIC, { from: noon, until: later(60) }, farAhead)).toEqual([0, 59]);
  });

  it('returns values once they are ingested', () => {
    const clock = new MovableClock();
    const store = createMetricStore(clock);
    store.ingestionDelaySeconds = 90;
    store.put(METRIC, [1]);
    const now = clock.now();
    const span = { from: new Date(now.getTime() - 60_000), until: new Date(now.getTime() + 1) };
    const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
    expect(store.values(METRIC, span, inSeconds(89))).toEqual([]);
    expect(store.values(METRIC, span, inSeconds(91))).toEqual([1]);
  });
});

it.each([
  ['Sum', 10],
  ['Average', 2.5],
  ['Minimum', 1],
  ['Maximum', 4],
  ['SampleCount', 4],
  ['p0', 1],
  ['p50', 2],
  ['p75', 3],
  ['p99.9', 4],
  ['p100', 4],
])('%s of 1 to 4 is %d', (name, value) => {
  expect(computeStatistic(name, [3, 1, 4, 2])).toBe(value);
});

it('no values have no statistic, not even SampleCount', () => {
  expect(['Sum', 'SampleCount', 'p50'].map((name) => computeStatistic(name, []))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

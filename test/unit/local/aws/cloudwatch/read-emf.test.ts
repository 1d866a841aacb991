import { describe, expect, it } from 'vitest';
import { createMetricsLogger } from '../../../../../lambda/report/metrics.ts';
import { readEmbeddedMetrics } from '../../../../../local/aws/cloudwatch/read-emf.ts';

const NOW = new Date('2030-01-01T12:00:00Z');

function line(
  more: object = {},
  directive: object = {},
  timestamp: unknown = NOW.getTime(),
): string {
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: 'Shop',
          Dimensions: [['Cluster', 'service']],
          Metrics: [{ Name: 'Sold', Unit: 'Count' }, { Name: 'Took' }],
          ...directive,
        },
      ],
    },
    Cluster: 'prod',
    service: 'till',
    Sold: 3,
    Took: [5, 7],
    ...more,
  });
}

const read = (text: string) => readEmbeddedMetrics(text, NOW);

describe('a line of the embedded metric format', () => {
  it('contains each metric with its dimensions, its time and all its values', () => {
    const dimensions = { Cluster: 'prod', service: 'till' };
    expect(read(line())).toEqual([
      { metric: { namespace: 'Shop', name: 'Sold', dimensions }, values: [3], at: NOW },
      { metric: { namespace: 'Shop', name: 'Took', dimensions }, values: [5, 7], at: NOW },
    ]);
  });

  it('contains a metric for each set of dimensions', () => {
    const Dimensions = [['Cluster'], ['Cluster', 'service'], []];
    const sets = read(line({}, { Dimensions, Metrics: [{ Name: 'Sold' }] }));
    expect(sets.map(({ metric }) => Object.keys(metric.dimensions))).toEqual(Dimensions);
  });

  const list = (length: number) => Array.from({ length }, (_, index) => index);

  it('can contain 100 values and 100 metrics', () => {
    expect(read(line({ Took: list(100) }))[1]?.values).toHaveLength(100);
    const Metrics = list(100).map(() => ({ Name: 'Sold' }));
    expect(read(line({}, { Metrics }))).toHaveLength(100);
  });

  it.each([
    ['more than 100 values', line({ Took: list(101) }), 'metric Took'],
    [
      'more than 100 metrics',
      line({}, { Metrics: list(101).map(() => ({ Name: 'Sold' })) }),
      'Metrics',
    ],
    ['more than 30 dimensions', line({}, { Dimensions: [list(31).map(String)] }), 'Dimensions'],
    ['a value that is not a number', line({ Sold: 'three' }), 'metric Sold'],
    ['a metric without a value', line({ Sold: undefined }), 'metric Sold'],
    ['a dimension without a value', line({ Cluster: undefined }), 'dimension Cluster'],
    ['a dimension that is not a string', line({ Cluster: 7 }), 'dimension Cluster'],
    ['an empty dimension', line({ Cluster: '' }), 'dimension Cluster'],
    ['no dimension sets', line({}, { Dimensions: [] }), 'Dimensions'],
    ['no namespace', line({}, { Namespace: undefined }), 'Namespace'],
    ['no timestamp', line({}, {}, 'noon'), 'Timestamp'],
    ['an old timestamp', line({}, {}, NOW.getTime() - 15 * 86_400_000), 'more than 14 days old'],
    ['a future timestamp', line({}, {}, NOW.getTime() + 3 * 3_600_000), 'more than 2 hours ahead'],
    [
      'too many characters',
      line({ text: 'x'.repeat(1_048_576) }),
      'longer than 1048576 characters',
    ],
  ])('with %s is rejected', (_title, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it.each(['', 'just text', '{ "level": "INFO" }', '{ broken', '[1]'])('ignores %j', (text) => {
    expect(read(text)).toEqual([]);
  });
});

it('reads the metrics that the functions emit', () => {
  const metrics = createMetricsLogger('refresh', 'prod');
  metrics.addMetric('SecretsCreated', 'Count', 2);
  const now = new Date();
  expect(readEmbeddedMetrics(JSON.stringify(metrics.serializeMetrics()), now)).toMatchObject([
    {
      metric: {
        namespace: 'KubeAwsIam',
        name: 'SecretsCreated',
        dimensions: { Cluster: 'prod', service: 'refresh' },
      },
      values: [2],
    },
  ]);
});

import { describe, expect, it } from 'vitest';
import { METRIC_SAMPLES } from '../../../../tools/dashboard/sample/metric-samples.ts';
import { createSampleStore } from '../../../../tools/dashboard/sample/sample-store.ts';

const dimensions = { Cluster: 'production', service: 'refresh' };
const ALL = Object.entries(METRIC_SAMPLES).flatMap(([namespace, samples]) =>
  Object.keys(samples).map((name) => ({ namespace, name, dimensions })),
);

describe('createSampleStore', () => {
  it('stores sample values of every metric', () => {
    expect(createSampleStore(ALL).metrics().length).toBe(ALL.length);
  });

  it('rejects a metric without sample values', () => {
    const unknown = { namespace: 'KubeAwsIam', name: 'Unheard', dimensions };
    expect(() => createSampleStore([...ALL, unknown])).toThrow(
      'metric KubeAwsIam Unheard has no sample values',
    );
  });

  it('rejects sample values that no widget or alarm uses', () => {
    const [first, ...others] = ALL;
    expect(() => createSampleStore(others)).toThrow(`${first?.namespace} ${first?.name}`);
  });
});

import { describe, expect, it } from 'vitest';
import { METRIC_SAMPLES } from '../../../../tools/dashboard/sample/metric-samples.ts';
import { createSampleStore } from '../../../../tools/dashboard/sample/sample-store.ts';

const dimensions = { Cluster: 'production', service: 'refresh' };
const ALL = Object.entries(METRIC_SAMPLES).flatMap(([namespace, samples]) =>
  Object.keys(samples).map((name) => ({ namespace, name, dimensions })),
);

describe('the sample data', () => {
  it('have values of each metric that is asked for', () => {
    expect(createSampleStore(ALL).metrics().length).toBe(ALL.length);
  });

  it('are refused when a metric has none', () => {
    const unknown = { namespace: 'KubeAwsIam', name: 'Unheard', dimensions };
    expect(() => createSampleStore([...ALL, unknown])).toThrow(
      'metric KubeAwsIam Unheard has no sample values',
    );
  });

  it('are refused when nothing shows some', () => {
    const [first, ...others] = ALL;
    expect(() => createSampleStore(others)).toThrow(`${first?.namespace} ${first?.name}`);
  });
});

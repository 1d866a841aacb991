import type { MetricIdentity } from '../../../local/assembly/resources/metric-query.ts';
import { createMetricStore, type MetricStore } from '../../../local/aws/cloudwatch/metric-store.ts';
import { minuteOf, SAMPLE_MINUTES } from './afternoon.ts';
import { METRIC_SAMPLES, type MetricSample } from './metric-samples.ts';
import { seededRandom } from './seeded-random.ts';

/**
 * A CloudWatch to which the metrics were sent all afternoon.
 * @throws naming a metric that has no sample values, or sample values of a metric that is not among them
 */
export function createSampleStore(metrics: readonly MetricIdentity[]): MetricStore {
  checkAllUsed(metrics);
  let now = new Date(0);
  const store = createMetricStore({ now: () => now });
  const each = [...new Map(metrics.map((metric) => [keyOf(metric), metric])).values()];
  for (const [index, at] of SAMPLE_MINUTES.entries()) {
    now = at;
    const minute = minuteOf(index);
    for (const metric of each) {
      const random = seededRandom(`${keyOf(metric)} ${index}`);
      store.put(metric, sampleOf(metric)({ minute, random, ...contextOf(metric) }));
    }
  }
  return store;
}

function sampleOf({ namespace, name }: MetricIdentity): MetricSample {
  const sample = METRIC_SAMPLES[namespace]?.[name];
  if (sample !== undefined) return sample;
  throw new Error(
    `metric ${namespace} ${name} has no sample values: add some to tools/dashboard/sample-data.ts`,
  );
}

function checkAllUsed(metrics: readonly MetricIdentity[]): void {
  const used = new Set(metrics.map(({ namespace, name }) => `${namespace} ${name}`));
  const unused = Object.entries(METRIC_SAMPLES)
    .flatMap(([namespace, samples]) => Object.keys(samples).map((name) => `${namespace} ${name}`))
    .filter((name) => !used.has(name));
  if (unused.length === 0) return;
  throw new Error(
    `no widget and no alarm reads ${unused.join(', ')}: remove them from tools/dashboard/sample-data.ts`,
  );
}

/** The function by its name, or by the dimension of the product's own metrics. */
function contextOf({ dimensions: { service, FunctionName = '', reason } }: MetricIdentity) {
  const isSweep = service === 'sweep' || FunctionName.endsWith('-sweep');
  return { service: isSweep ? 'sweep' : 'refresh', reason } as const;
}

function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  return [namespace, name, ...Object.entries(dimensions).flat()].join(' ');
}

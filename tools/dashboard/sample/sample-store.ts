import { FUNCTION_NAMES, type FunctionName } from '../../../infra/names.ts';
import type { MetricIdentity } from '../../../local/assembly/resources/metric-query.ts';
import { createMetricStore, type MetricStore } from '../../../local/aws/cloudwatch/metric-store.ts';
import { minuteOf, SAMPLE_MINUTES } from './afternoon.ts';
import { METRIC_SAMPLES, type MetricSample } from './metric-samples.ts';
import { seededRandom } from './seeded-random.ts';

/**
 * Creates a metric store with the sample values of the afternoon.
 *
 * @throws Error for a metric without sample values, and for sample values of another metric
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
    `metric ${namespace} ${name} has no sample values: add them to tools/dashboard/sample/metric-samples.ts`,
  );
}

function checkAllUsed(metrics: readonly MetricIdentity[]): void {
  const used = new Set(metrics.map(({ namespace, name }) => `${namespace} ${name}`));
  const unused = Object.entries(METRIC_SAMPLES)
    .flatMap(([namespace, samples]) => Object.keys(samples).map((name) => `${namespace} ${name}`))
    .filter((name) => !used.has(name));
  if (unused.length === 0) return;
  throw new Error(
    `no widget or alarm uses ${unused.join(', ')}: remove them from tools/dashboard/sample/metric-samples.ts`,
  );
}

/** Identifies the function by its name, or by the dimension of the product's own metrics. */
function contextOf({ dimensions }: MetricIdentity) {
  const { service, reason, FunctionName: functionName = '' } = dimensions;
  const isOf = (name: FunctionName) => service === name || functionName.endsWith(`-${name}`);
  return { service: FUNCTION_NAMES.find(isOf) ?? 'refresh', reason };
}

function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  return [namespace, name, ...Object.entries(dimensions).flat()].join(' ');
}

import type { MetricIdentity } from '../assembly/resources/metric-query.ts';
import { createMetricStore, type MetricStore } from '../aws/cloudwatch/metric-store.ts';
import { MINUTES, minuteOf } from './sample-afternoon.ts';
import { chanceOf, METRIC_SAMPLES, type MetricSample, SAMPLE_START } from './sample-data.ts';
import type { TimeRange } from './time-range.ts';

const MINUTE = 60_000;

/** The time that the picture shows: it is drawn at the end of it. */
export const SAMPLE_RANGE: TimeRange = {
  from: SAMPLE_START,
  to: new Date(SAMPLE_START.getTime() + MINUTES * MINUTE),
};

/**
 * A CloudWatch to which the metrics were sent all afternoon.
 * @throws naming a metric that has no sample values, or sample values of a metric that is not among them
 */
export function createSampleStore(metrics: readonly MetricIdentity[]): MetricStore {
  checkAllUsed(metrics);
  let now = SAMPLE_RANGE.from;
  const store = createMetricStore({ now: () => now });
  const different = [...new Map(metrics.map((one) => [keyOf(one), one])).values()];
  for (let index = 0; index < MINUTES; index += 1) {
    const minute = minuteOf(index);
    now = new Date(SAMPLE_RANGE.from.getTime() + index * MINUTE);
    for (const metric of different) {
      const random = chanceOf(keyOf(metric), minute);
      store.put(metric, sampleOf(metric).values({ minute, random, ...contextOf(metric) }));
    }
  }
  return store;
}

/** The sample values of a metric. @throws when there are none */
export function sampleOf({ namespace, name }: MetricIdentity): MetricSample {
  const sample = METRIC_SAMPLES[namespace]?.[name];
  if (sample !== undefined) return sample;
  throw new Error(
    `metric ${namespace} ${name} has no sample values: add some to local/dashboard/sample-data.ts`,
  );
}

function checkAllUsed(metrics: readonly MetricIdentity[]): void {
  const used = new Set(metrics.map(({ namespace, name }) => `${namespace} ${name}`));
  const unused = Object.entries(METRIC_SAMPLES)
    .flatMap(([namespace, samples]) => Object.keys(samples).map((name) => `${namespace} ${name}`))
    .filter((name) => !used.has(name));
  if (unused.length === 0) return;
  throw new Error(
    `no widget and no alarm reads ${unused.join(', ')}: remove them from local/dashboard/sample-data.ts`,
  );
}

/** The function by its name, or by the dimension of the product's own metrics. */
function contextOf({ dimensions }: MetricIdentity) {
  const { service, FunctionName = '', reason } = dimensions;
  const isSweep = service === 'sweep' || FunctionName.endsWith('-sweep');
  return { service: isSweep ? 'sweep' : 'refresh', reason } as const;
}

function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  return [namespace, name, ...Object.entries(dimensions).flat()].join(' ');
}

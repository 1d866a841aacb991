import type { MetricIdentity } from '../../assembly/resources/metric-query.ts';
import type { Clock } from '../../clock.ts';

/** A span of time. `until` is exclusive. */
export interface TimeSpan {
  readonly from: Date;
  readonly until: Date;
}

/** The values of CloudWatch's metrics, without aggregation. */
export interface MetricStore {
  /** Adds values to a metric. @param at - when they were measured. @default now */
  put(metric: MetricIdentity, values: readonly number[], at?: Date): void;
  /** Returns the values that were measured in a span and had been ingested by `asOf`, in no particular order. */
  values(metric: MetricIdentity, span: TimeSpan, asOf: Date): readonly number[];
  /** Returns every metric that has a value. */
  metrics(): readonly MetricIdentity[];
  /** Time until alarms see new values, in embedded seconds. Can be changed at any time; initially 0. */
  ingestionDelaySeconds: number;
}

interface Measurement {
  readonly at: number;
  readonly ingestedAt: number;
  readonly values: readonly number[];
}

/** Creates an empty store. */
export function createMetricStore(clock: Clock): MetricStore {
  const entries = new Map<
    string,
    { readonly metric: MetricIdentity; readonly measurements: Measurement[] }
  >();
  const store: MetricStore = {
    ingestionDelaySeconds: 0,
    put(metric, values, at = clock.now()) {
      const key = keyOf(metric);
      const entry = entries.get(key) ?? { metric, measurements: [] };
      entries.set(key, entry);
      const ingestedAt = clock.now().getTime() + store.ingestionDelaySeconds * 1_000;
      entry.measurements.push({ at: at.getTime(), ingestedAt, values });
    },
    values(metric, { from, until }, asOf) {
      const [start, end, now] = [from.getTime(), until.getTime(), asOf.getTime()];
      return (entries.get(keyOf(metric))?.measurements ?? [])
        .filter(({ at, ingestedAt }) => at >= start && at < end && ingestedAt <= now)
        .flatMap(({ values }) => values);
    },
    metrics: () => [...entries.values()].map(({ metric }) => metric),
  };
  return store;
}

// The order of dimensions is irrelevant.
function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}

import type { MetricIdentity } from '../../assembly/resources/metric-query.ts';
import type { Clock } from '../../clock.ts';

/** A span of time, its end not included. */
export interface TimeSpan {
  readonly from: Date;
  readonly until: Date;
}

/** The metrics of CloudWatch, value by value. */
export interface MetricStore {
  /** Adds values of a metric. @param at - when they were measured; without it, now */
  put(metric: MetricIdentity, values: readonly number[], at?: Date): void;
  /** The values that were measured in a span and had arrived by `asOf`, in no order. */
  values(metric: MetricIdentity, span: TimeSpan, asOf: Date): readonly number[];
  /** Every metric that has a value. */
  metrics(): readonly MetricIdentity[];
  /** How long values are on their way before alarms see them, in embedded seconds. It may be changed at any time; 0 at the start. */
  ingestionDelaySeconds: number;
}

interface Measurement {
  readonly at: number;
  readonly arrivesAt: number;
  readonly values: readonly number[];
}

/** A store without a metric. */
export function createMetricStore(clock: Clock): MetricStore {
  const known = new Map<
    string,
    { readonly metric: MetricIdentity; readonly measurements: Measurement[] }
  >();
  const store: MetricStore = {
    ingestionDelaySeconds: 0,
    put(metric, values, at = clock.now()) {
      const key = keyOf(metric);
      const entry = known.get(key) ?? { metric, measurements: [] };
      known.set(key, entry);
      const arrivesAt = clock.now().getTime() + store.ingestionDelaySeconds * 1_000;
      entry.measurements.push({ at: at.getTime(), arrivesAt, values });
    },
    values(metric, { from, until }, asOf) {
      const [start, end, now] = [from.getTime(), until.getTime(), asOf.getTime()];
      return (known.get(keyOf(metric))?.measurements ?? [])
        .filter(({ at, arrivesAt }) => at >= start && at < end && arrivesAt <= now)
        .flatMap(({ values }) => values);
    },
    metrics: () => [...known.values()].map(({ metric }) => metric),
  };
  return store;
}

// The order of dimensions is of no account.
function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isRecord } from '../../contract/is-record.ts';
import { METRICS, REASON_DIMENSION, SERVICE_DIMENSION } from '../../contract/metrics.ts';
import {
  createWatchMetrics,
  type ProcessMetricsDeps,
  registerProcessMetrics,
} from '../../forwarder/monitoring/metrics.ts';

/** The metrics of this process for Prometheus. */
export interface PrometheusMetrics {
  readonly contentType: string;
  /** Returns all metrics in Prometheus' text format. */
  text(): Promise<string>;
  /** Records the metrics in a line of the embedded metric format. */
  record(line: string): void;
  readonly ofWatch: ReturnType<typeof createWatchMetrics>;
}

interface PrometheusMetricsDeps extends ProcessMetricsDeps {
  isLeader(): boolean;
  /** Number of credential requests that wait to be handled. */
  waiting(): number;
}

const PREFIX = 'kube_aws_iam_refresher_';
const SECONDS_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The CloudWatch metrics whose values are summed up. The last value of the others applies until the next pass. */
const TOTALS: ReadonlySet<string> = new Set<keyof typeof METRICS>([
  ...(['created', 'renewed', 'removed', 'createdUnannounced', 'recreated'] as const),
  ...(['runsCompleted', 'invocationsFailed', 'wanted', 'requestsLeft'] as const),
  ...(['podEventsMalformed', 'stsCalls', 'stsThrottled', 'apiCalls', 'apiThrottled'] as const),
]);

/** Those in milliseconds, which become histograms. */
const DURATIONS: ReadonlySet<string> = new Set<keyof typeof METRICS>([
  'durationMs',
  'podToSecretMs',
]);

/**
 * Creates the metrics. They are those of CloudWatch, read from the same lines, so that both have the same values; names are
 * derived, for example `kube_aws_iam_refresher_secrets_created_total`.
 */
export function createPrometheusMetrics(deps: PrometheusMetricsDeps): PrometheusMetrics {
  const registry = new Registry();
  const byName = new Map(
    Object.entries(METRICS).map(([key, name]) => [name as string, recorder(registry, key, name)]),
  );
  registerOwn(registry, deps);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    record(line) {
      const values: unknown = JSON.parse(line);
      if (!isRecord(values)) return;
      const labels = {
        service: String(values[SERVICE_DIMENSION]),
        ...(REASON_DIMENSION in values && { reason: String(values[REASON_DIMENSION]) }),
      };
      for (const [name, value] of Object.entries(values)) {
        for (const one of [value].flat()) byName.get(name)?.(labels, Number(one));
      }
    },
    ofWatch: createWatchMetrics(registry, PREFIX),
  };
}

type Labels = { readonly service: string; readonly reason?: string };

function recorder(registry: Registry, key: string, name: string) {
  const labelNames = name === METRICS.notGiven ? ['service', 'reason'] : ['service'];
  const base = `${PREFIX}${snakeCase(name)}`;
  const shared = { help: `CloudWatch metric ${name}`, labelNames, registers: [registry] };
  if (DURATIONS.has(key)) {
    const histogram = new Histogram({
      ...shared,
      name: `${base}_seconds`,
      buckets: SECONDS_BUCKETS,
    });
    return (labels: Labels, value: number) => histogram.observe({ ...labels }, value / 1_000);
  }
  if (TOTALS.has(key)) {
    const counter = new Counter({ ...shared, name: `${base}_total` });
    return (labels: Labels, value: number) => counter.inc({ ...labels }, value);
  }
  const gauge = new Gauge({ ...shared, name: base });
  return (labels: Labels, value: number) => gauge.set({ ...labels }, value);
}

function snakeCase(name: string): string {
  return name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
}

function registerOwn(registry: Registry, deps: PrometheusMetricsDeps): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('leader', 'Whether this process leads', () => (deps.isLeader() ? 1 : 0));
  gauge('waiting', 'Credential requests that wait to be handled', deps.waiting);
  registerProcessMetrics(registry, deps);
}

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { CLUSTER_DIMENSION, METRICS, METRICS_NAMESPACE } from '../contract/metrics.ts';
import type { PodEventReport } from './pod-event-report.ts';
import type { ResultCounts, RunReport } from './run-report.ts';

/** The results that runs and events count alike. */
const COUNTED = ['created', 'renewed', 'failed', 'refused', 'deferred'] as const;

/** Makes the metrics of a function: written to its log in the embedded metric format, read by CloudWatch from there. */
export function createMetrics(serviceName: string, clusterName: string): Metrics {
  return new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName,
    defaultDimensions: { [CLUSTER_DIMENSION]: clusterName },
  });
}

/** Adds the metrics of a run; the middleware writes them when the invocation ends, well or not. */
export function addRunMetrics(metrics: Metrics, report: RunReport): void {
  const count = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  addCounts(metrics, report.counts);
  count(METRICS.removed, report.counts.removed);
  count(METRICS.renewalsOverdue, report.renewalsOverdue);
  count(METRICS.podsSeen, report.podsSeen);
  count(METRICS.removalBraked, report.brake === undefined ? 0 : 1);
  metrics.addMetric(
    METRICS.durationMilliseconds,
    MetricUnit.Milliseconds,
    report.durationMilliseconds,
  );
  if (report.nearestExpirySeconds !== undefined) {
    metrics.addMetric(
      METRICS.nearestExpirySeconds,
      MetricUnit.Seconds,
      report.nearestExpirySeconds,
    );
  }
}

/** Adds the metrics of a pod event. What a run says of all Secrets, an event that saw some cannot say. */
export function addPodEventMetrics(metrics: Metrics, report: PodEventReport): void {
  addCounts(metrics, report.counts);
  for (const milliseconds of report.latencies) {
    metrics.addMetric(METRICS.podToSecretMilliseconds, MetricUnit.Milliseconds, milliseconds);
  }
}

/** Counts an event that was dropped unread. */
export function addMalformedEvent(metrics: Metrics): void {
  metrics.addMetric(METRICS.podEventsMalformed, MetricUnit.Count, 1);
}

function addCounts(metrics: Metrics, counts: ResultCounts): void {
  for (const result of COUNTED) {
    metrics.addMetric(METRICS[result], MetricUnit.Count, counts[result]);
  }
}

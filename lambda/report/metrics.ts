import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { CLUSTER_DIMENSION, METRICS, METRICS_NAMESPACE } from '../contract/metrics.ts';
import type { RunReport } from './run-report.ts';

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
  const { counts } = report;
  const count = (name: string, value: number) => metrics.addMetric(name, MetricUnit.Count, value);
  count(METRICS.created, counts.created);
  count(METRICS.renewed, counts.renewed);
  count(METRICS.removed, counts.removed);
  count(METRICS.failed, counts.failed);
  count(METRICS.refused, counts.refused);
  count(METRICS.deferred, counts.deferred);
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

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { CLUSTER_DIMENSION, METRICS, METRICS_NAMESPACE, REASON_DIMENSION } from '../../contract/metrics.ts';
import type { CallCounts } from './call-meter.ts';
import type { PodEventReport } from './pod-event-report.ts';
import type { PassReport } from './pass-report.ts';

/** The results that runs and events count alike. */
const COUNTED = ['created', 'renewed', 'failed', 'refused', 'deferred'] as const;

/** Makes the metrics of a function: written to its log in the embedded metric format, read by CloudWatch from there. */
export function createMetricsLogger(serviceName: string, clusterName: string): Metrics {
  return new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName,
    defaultDimensions: { [CLUSTER_DIMENSION]: clusterName },
  });
}

/** Adds the metrics of a run; the middleware writes them when the invocation ends, well or not. */
export function addPassMetrics(metrics: Metrics, report: PassReport): void {
  const count = countInto(metrics);
  addCounts(metrics, report);
  count(METRICS.removed, report.counts.removed);
  count(METRICS.createdUnannounced, report.createdUnannounced);
  count(METRICS.inUse, report.secretsInUse);
  count(METRICS.renewalsOverdue, report.renewalsOverdue);
  count(METRICS.renewalsDenied, report.renewalsDenied);
  count(METRICS.overdueForOperator, report.overdueForOperator);
  count(METRICS.failedForOperator, report.failedForOperator);
  count(METRICS.podsSeen, report.podsSeen);
  count(METRICS.removalBraked, report.brake === undefined ? 0 : 1);
  count(METRICS.runsCompleted, report.incomplete.length === 0 ? 1 : 0);
  count(METRICS.wanted, 0);
  addDurations(metrics, report);
  addReasons(metrics, report);
}

function addDurations(metrics: Metrics, report: PassReport): void {
  const { durationMilliseconds, longestOverdueSeconds, nearestExpirySeconds } = report;
  metrics.addMetric(METRICS.durationMilliseconds, MetricUnit.Milliseconds, durationMilliseconds);
  metrics.addMetric(METRICS.longestOverdueSeconds, MetricUnit.Seconds, longestOverdueSeconds);
  if (nearestExpirySeconds !== undefined) {
    metrics.addMetric(METRICS.nearestExpirySeconds, MetricUnit.Seconds, nearestExpirySeconds);
  }
}

/** Each reason is a dimension of its own, so a line of its own, which is written at once. */
function addReasons(metrics: Metrics, { reasons }: PassReport): void {
  for (const [reason, count] of Object.entries(reasons)) {
    metrics
      .singleMetric()
      .addDimension(REASON_DIMENSION, reason)
      .addMetric(METRICS.notGiven, MetricUnit.Count, count);
  }
}

/** Adds the metrics of a pod event. What a run says of all Secrets, an event that saw some cannot say. */
export function addPodEventMetrics(metrics: Metrics, report: PodEventReport): void {
  addCounts(metrics, report);
  countInto(metrics)(METRICS.wanted, report.wanted);
  for (const milliseconds of report.latencies) {
    metrics.addMetric(METRICS.podToSecretMilliseconds, MetricUnit.Milliseconds, milliseconds);
  }
}

/** Counts an event that was dropped unread. */
export function addMalformedPodEvent(metrics: Metrics): void {
  countInto(metrics)(METRICS.podEventsMalformed, 1);
}

/** Adds what an invocation cost, also one that came to nothing. */
export function addCallMetrics(metrics: Metrics, counts: CallCounts): void {
  const count = countInto(metrics);
  count(METRICS.stsCalls, counts.stsCalls);
  count(METRICS.stsThrottled, counts.stsThrottled);
  count(METRICS.apiCalls, counts.apiCalls);
  count(METRICS.apiThrottled, counts.apiThrottled);
}

function addCounts(metrics: Metrics, report: Pick<PassReport, 'counts' | 'denied'>): void {
  const count = countInto(metrics);
  for (const result of COUNTED) count(METRICS[result], report.counts[result]);
  count(METRICS.denied, report.denied);
}

function countInto(metrics: Metrics): (name: string, value: number) => void {
  return (name, value) => {
    metrics.addMetric(name, MetricUnit.Count, value);
  };
}

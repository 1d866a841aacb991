import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import {
  CLUSTER_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  REASON_DIMENSION,
} from '../../contract/metrics.ts';
import type { LoginReport } from '../../kubernetes/login/maintain-login.ts';
import type { CallCounts } from './call-meter.ts';
import type { PassReport } from './pass-report.ts';
import type { PodEventReport } from './pod-event-report.ts';

/** The results that passes and pod events both count. */
const COUNTED = ['created', 'renewed', 'failed', 'deferred'] as const;

/** Creates the metrics logger of a function. It writes the embedded metric format (EMF) to the log, where CloudWatch reads it. */
export function createMetricsLogger(serviceName: string, clusterName: string): Metrics {
  return new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName,
    defaultDimensions: { [CLUSTER_DIMENSION]: clusterName },
  });
}

/** Adds the metrics of a pass. The middleware writes them when the invocation ends, with or without an error. */
export function addPassMetrics(metrics: Metrics, report: PassReport): void {
  const count = countInto(metrics);
  addCounts(metrics, report);
  count(METRICS.refused, report.counts.refused + report.refusedMounts);
  count(METRICS.withheld, report.withheld);
  count(METRICS.removed, report.counts.removed);
  count(METRICS.createdUnannounced, report.createdUnannounced);
  count(METRICS.inUse, report.secretsInUse);
  count(METRICS.renewalsOverdue, report.renewalsOverdue);
  count(METRICS.renewalsDenied, report.renewalsDenied);
  count(METRICS.overdueForOperator, report.overdueForOperator);
  count(METRICS.failedForOperator, report.failedForOperator);
  count(METRICS.failedForTenants, report.failedForTenants);
  count(METRICS.podsSeen, report.podsSeen);
  count(METRICS.removalBraked, report.brake === undefined ? 0 : 1);
  count(METRICS.wrongMarks, report.wrongMarks);
  count(METRICS.namespacesOverBudget, report.namespacesOverBudget);
  count(METRICS.runsCompleted, report.incomplete.length === 0 ? 1 : 0);
  addDurations(metrics, report);
  addReasons(metrics, report);
}

function addDurations(metrics: Metrics, report: PassReport): void {
  const { durationMilliseconds, longestOverdueSeconds, nearestExpirySeconds } = report;
  metrics.addMetric(METRICS.durationMs, MetricUnit.Milliseconds, durationMilliseconds);
  metrics.addMetric(METRICS.longestOverdueSeconds, MetricUnit.Seconds, longestOverdueSeconds);
  if (nearestExpirySeconds !== undefined) {
    metrics.addMetric(METRICS.nearestExpirySeconds, MetricUnit.Seconds, nearestExpirySeconds);
  }
}

/** Writes one EMF line for each reason, as each has its own dimension value. */
function addReasons(metrics: Metrics, { reasons }: PassReport): void {
  for (const [reason, count] of Object.entries(reasons)) {
    metrics
      .singleMetric()
      .addDimension(REASON_DIMENSION, reason)
      .addMetric(METRICS.notGiven, MetricUnit.Count, count);
  }
}

/** Adds the metrics of a pod event. Metrics about all Secrets are those of passes only. */
export function addPodEventMetrics(metrics: Metrics, report: PodEventReport): void {
  addCounts(metrics, report);
  countInto(metrics)(METRICS.refused, report.counts.refused);
  countInto(metrics)(METRICS.wanted, report.wanted);
  countInto(metrics)(METRICS.requestsLeft, report.requestsLeft);
  for (const milliseconds of report.latencies) {
    metrics.addMetric(METRICS.podToSecretMs, MetricUnit.Milliseconds, milliseconds);
  }
}

/** Adds zeros of the metrics in alarm expressions, which have no result without a recent value. Pod events may be rare. */
export function addWarmUpMetrics(metrics: Metrics): void {
  countInto(metrics)(METRICS.wanted, 0);
  countInto(metrics)(METRICS.recreated, 0);
}

/** Counts a pod event that was dropped as malformed. */
export function addMalformedPodEvent(metrics: Metrics): void {
  countInto(metrics)(METRICS.podEventsMalformed, 1);
}

/** Adds the state of the login to a cluster outside EKS. */
export function addLoginMetrics(metrics: Metrics, report: LoginReport, now: Date): void {
  const { expiresAt, isExpiringSoon, result } = report;
  const count = countInto(metrics);
  count(METRICS.loginExpiresSoon, isExpiringSoon ? 1 : 0);
  count(METRICS.loginRotationFailed, result === 'failed' ? 1 : 0);
  if (expiresAt === undefined) return;
  const seconds = (expiresAt.getTime() - now.getTime()) / 1_000;
  metrics.addMetric(METRICS.loginExpirySeconds, MetricUnit.Seconds, Math.round(seconds));
}

/** Adds how many requests an invocation sent, even if it failed. */
export function addCallMetrics(metrics: Metrics, counts: CallCounts): void {
  const count = countInto(metrics);
  count(METRICS.stsCalls, counts.stsCalls);
  count(METRICS.stsThrottled, counts.stsThrottled);
  count(METRICS.apiCalls, counts.apiCalls);
  count(METRICS.apiThrottled, counts.apiThrottled);
}

function addCounts(
  metrics: Metrics,
  report: Pick<PassReport, 'counts' | 'denied' | 'recreated'>,
): void {
  const count = countInto(metrics);
  for (const result of COUNTED) count(METRICS[result], report.counts[result]);
  count(METRICS.denied, report.denied);
  count(METRICS.recreated, report.recreated);
}

function countInto(metrics: Metrics): (name: string, value: number) => void {
  return (name, value) => {
    metrics.addMetric(name, MetricUnit.Count, value);
  };
}

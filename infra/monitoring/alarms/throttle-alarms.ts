import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition, AlarmTexts } from './alarm-definition.ts';
import type { ClusterMetrics } from '../metrics.ts';

/**
 * The alarms on quotas that are used up. They look at the refresh alone: a sweep runs in one or two of ten minutes, so it
 * can decide nothing, and a metric math expression has no result while one of its metrics has no value in sight.
 */
export function throttleAlarms(metrics: ClusterMetrics, { refreshBeforeMinutes }: AlarmTexts) {
  const throttled = (name: 'stsThrottled' | 'apiThrottled') =>
    metrics.own('refresh', name, {
      statistic: Stats.SUM,
      period: Duration.minutes(1),
      label: 'turned away (refresh)',
    });
  const otherwise = `New pods wait longer, and renewals fall behind: once renewals-overdue follows, the first credentials end within ${refreshBeforeMinutes} minutes.`;
  return {
    'sts-throttled': {
      severity: 'page',
      wrong:
        "STS turned requests away in 5 of the last 10 minutes: this account's quota in this region is used up, by this product or by others.",
      otherwise,
      metric: throttled('stsThrottled'),
      comparison: 'at-least',
      threshold: 1,
      periods: [5, 10],
      missing: 'unknown',
    },
    'api-throttled': {
      severity: 'page',
      wrong:
        'The Kubernetes API turned requests of the refresh away (429) in 5 of the last 10 minutes: it is overloaded.',
      otherwise,
      metric: throttled('apiThrottled'),
      comparison: 'at-least',
      threshold: 1,
      periods: [5, 10],
      missing: 'unknown',
    },
  } satisfies Record<string, AlarmDefinition>;
}

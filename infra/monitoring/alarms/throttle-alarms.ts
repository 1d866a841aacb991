import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ClusterMetrics } from '../metrics.ts';
import {
  type AlarmDefinition,
  type AlarmTexts,
  atLeastOne,
  nameOfService,
} from './alarm-definition.ts';

/**
 * Alarms on exhausted quotas. They evaluate the refresh function only: a sweep pass runs in one or two of ten minutes, too
 * few for a decision, and a metric math expression has no result while one of its metrics has no recent value.
 */
export function throttleAlarms(metrics: ClusterMetrics, { refreshBeforeMinutes }: AlarmTexts) {
  const throttled = (name: 'stsThrottled' | 'apiThrottled') =>
    ({
      severity: 'page',
      impact: `New pods wait longer, and renewals are delayed: if renewals-overdue follows, the first credentials expire within ${refreshBeforeMinutes} minutes.`,
      ...atLeastOne(
        metrics.custom('refresh', name, {
          statistic: Stats.SUM,
          period: Duration.minutes(1),
          label: 'throttled (refresh)',
        }),
        5,
        10,
      ),
    }) as const;
  return {
    'sts-throttled': {
      ...throttled('stsThrottled'),
      condition:
        'STS throttled requests in 5 of the last 10 minutes: the quota of this account in this Region is exhausted, by this product or by other callers.',
    },
    'api-throttled': {
      ...throttled('apiThrottled'),
      condition: `The Kubernetes API throttled requests of the ${nameOfService('refresh', metrics)} (429) in 5 of the last 10 minutes: it is overloaded.`,
    },
  } satisfies Record<string, AlarmDefinition>;
}

import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition } from './alarm-definition.ts';
import type { ClusterMetrics } from '../metrics.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** The alarms on the way of pod events: without it, new pods wait for the next minute's run. */
export function podEventAlarms(metrics: ClusterMetrics) {
  return {
    'events-dropped': {
      severity: 'page',
      wrong:
        'Lambda gave up pod events or runs of refresh in 2 of the last 3 periods of 5 minutes: it could not start the function within a minute, or the function failed (then runs-failing says so too).',
      otherwise:
        'New pods wait up to a minute or more for their credentials. When all runs are given up, refresh-stopped follows, and credentials in use end.',
      metric: metrics.lambda('refresh', 'AsyncEventsDropped', {
        statistic: Stats.SUM,
        period: FIVE_MINUTES,
        label: 'dropped by Lambda',
      }),
      comparison: 'at-least',
      threshold: 1,
      periods: [2, 3],
      missing: 'good',
    },
    'events-undelivered': {
      severity: 'page',
      wrong:
        'EventBridge could not hand pod events to the refresh function in 2 of the last 3 periods of 5 minutes.',
      otherwise:
        'New pods wait up to a minute for their credentials, for as long as this lasts. Credentials in use are not affected.',
      metric: metrics.failedInvocations({
        statistic: Stats.SUM,
        period: FIVE_MINUTES,
        label: 'not delivered by EventBridge',
      }),
      comparison: 'at-least',
      threshold: 1,
      periods: [2, 3],
      missing: 'good',
    },
    'forwarder-silent': {
      severity: 'ticket',
      wrong:
        'In 15 minutes no pod event came, though runs made Secrets for pods that the forwarder should have announced.',
      otherwise:
        'New pods wait up to a minute for their credentials, for as long as this lasts. Credentials in use are not affected.',
      look: 'The forwarder: kubectl -n kube-aws-iam get pods, and its log.',
      metric: silence(metrics),
      comparison: 'at-least',
      threshold: 1,
      periods: [1, 1],
      missing: 'unknown',
    },
    'pod-to-secret-slow': {
      severity: 'ticket',
      wrong:
        'In 2 of the last 3 periods of 5 minutes, one of a hundred Secrets came more than 2 seconds after its pod.',
      otherwise:
        'Pods start seconds later than they could, for as long as this lasts. Nobody is without credentials.',
      metric: metrics.own('refresh', 'podToSecretMilliseconds', {
        statistic: Stats.percentile(99),
        period: FIVE_MINUTES,
        label: 'p99',
      }),
      comparison: 'greater-than',
      threshold: 2_000,
      periods: [2, 3],
      missing: 'good',
    },
  } satisfies Record<string, AlarmDefinition>;
}

function silence(metrics: ClusterMetrics): MathExpression {
  const reading = { statistic: Stats.SUM, period: Duration.minutes(15) };
  return new MathExpression({
    expression: 'IF(unannounced >= 1 AND wanted == 0, 1, 0)',
    usingMetrics: {
      unannounced: metrics.own('refresh', 'createdUnannounced', reading),
      wanted: metrics.own('refresh', 'wanted', reading),
    },
    period: reading.period,
    label: 'silent',
  });
}

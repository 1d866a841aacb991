import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ClusterMetrics } from '../metrics.ts';
import { type AlarmDefinition, atLeastOne } from './alarm-definition.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** In two of three periods, as pod events arrive irregularly. Values are emitted only if something is wrong. */
const TWO_OF_THREE = {
  datapointsToAlarm: 2,
  evaluationPeriods: 3,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} as const;

/** Alarms on the delivery of pod events, without which new pods wait for the next refresh pass. */
export function podEventAlarms(metrics: ClusterMetrics) {
  return {
    'events-dropped': {
      severity: 'page',
      condition:
        'Lambda dropped pod events or scheduled refresh invocations in 2 of the last 3 periods of 5 minutes: it could not start the function within a minute, or the function failed (then runs-failing is in alarm too).',
      impact:
        'New pods wait a minute or more for their credentials. If all invocations are dropped, refresh-stopped follows, and credentials in use expire.',
      metric: metrics.lambda('refresh', 'AsyncEventsDropped', {
        statistic: Stats.SUM,
        period: FIVE_MINUTES,
        label: 'dropped by Lambda',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      ...TWO_OF_THREE,
    },
    'events-undelivered': {
      severity: 'page',
      condition:
        'EventBridge could not deliver pod events to the refresh function in 2 of the last 3 periods of 5 minutes.',
      impact:
        'While this lasts, new pods wait up to a minute for their credentials. Credentials in use are not affected.',
      metric: metrics.failedInvocations({
        statistic: Stats.SUM,
        period: FIVE_MINUTES,
        label: 'not delivered by EventBridge',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      ...TWO_OF_THREE,
    },
    'forwarder-silent': {
      severity: 'ticket',
      condition:
        'No pod event arrived in 15 minutes, although passes created Secrets for pods that the forwarder should have announced.',
      impact:
        'While this lasts, new pods wait up to a minute for their credentials. Credentials in use are not affected.',
      firstStep: 'Check the forwarder: kubectl -n kube-aws-iam get pods, and its log.',
      ...atLeastOne(silence(metrics), 1),
    },
    'pod-to-secret-slow': {
      severity: 'ticket',
      condition:
        'In 2 of the last 3 periods of 5 minutes, one in a hundred Secrets was created more than 2 seconds after its pod.',
      impact:
        'While this lasts, pods start some seconds late. All of them receive their credentials.',
      metric: metrics.custom('refresh', 'podToSecretMs', {
        statistic: Stats.percentile(99),
        period: FIVE_MINUTES,
        label: 'p99',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 2_000,
      ...TWO_OF_THREE,
    },
  } satisfies Record<string, AlarmDefinition>;
}

/** 1 if passes created Secrets that should have been announced and no pod event arrived, else 0. */
function silence(metrics: ClusterMetrics): MathExpression {
  const sum = { statistic: Stats.SUM, period: Duration.minutes(15) };
  return new MathExpression({
    expression: 'IF(unannounced >= 1 AND wanted == 0, 1, 0)',
    usingMetrics: {
      unannounced: metrics.custom('refresh', 'createdUnannounced', sum),
      wanted: metrics.custom('refresh', 'wanted', sum),
    },
    period: sum.period,
    label: 'silent',
  });
}

import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ClusterMetrics, LambdaMetrics } from '../metrics.ts';
import { type AlarmDefinition, atLeastOne, nameOfService } from './alarm-definition.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** In two of three periods, as pod events arrive irregularly. Values are emitted only if something is wrong. */
const TWO_OF_THREE = {
  datapointsToAlarm: 2,
  evaluationPeriods: 3,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} as const;

const WAIT =
  'While this lasts, new pods wait up to a minute for their credentials. Credentials in use are not affected.';

/** Alarms on pod events: tickets, because the next refresh pass serves the pods of those that fail or are lost. */
export function podEventAlarms(metrics: ClusterMetrics) {
  const events = nameOfService('events', metrics);
  const watcher = metrics.lambda === undefined ? "the refresher's watch of pods" : 'the forwarder';
  return {
    'events-failing': {
      severity: 'ticket',
      condition: `The ${events} failed in 3 of the last 5 minutes.`,
      impact: WAIT,
      firstStep: `Check the log of the ${events}: its errors name cause and remedy.`,
      metric: metrics.failed('events', {
        statistic: Stats.SUM,
        period: Duration.minutes(1),
        label: 'failed pod events',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 3,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
    'forwarder-silent': {
      severity: 'ticket',
      condition: `No pod event arrived in 15 minutes, although passes created Secrets for pods that ${watcher} should have announced.`,
      impact: WAIT,
      firstStep: `Check ${watcher}: kubectl -n kube-aws-iam get pods, and its log.`,
      ...atLeastOne(silence(metrics), 1),
    },
    'pod-to-secret-slow': {
      severity: 'ticket',
      condition:
        'In 2 of the last 3 periods of 5 minutes, one in a hundred Secrets was created more than 2 seconds after its pod.',
      impact:
        'While this lasts, pods start some seconds late. All of them receive their credentials.',
      metric: metrics.custom('events', 'podToSecretMs', {
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

/** Alarms on pod events that do not reach the events function: tickets, too. */
export function deliveryAlarms(lambda: LambdaMetrics) {
  return {
    'events-dropped': {
      severity: 'ticket',
      condition:
        'Lambda dropped invocations of the events function in 2 of the last 3 periods of 5 minutes: too many pod events at once for its reserved concurrency, or the function failed (then events-failing is in alarm too).',
      impact: WAIT,
      firstStep:
        'Find the namespace with the most pod events: the query of the runbook over the log of the events function.',
      metric: lambda.ofFunction('events', 'AsyncEventsDropped', {
        statistic: Stats.SUM,
        period: FIVE_MINUTES,
        label: 'dropped by Lambda',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      ...TWO_OF_THREE,
    },
    'events-undelivered': {
      severity: 'ticket',
      condition:
        'EventBridge could not deliver pod events to the events function in 2 of the last 3 periods of 5 minutes.',
      impact: WAIT,
      metric: lambda.failedInvocations({
        statistic: Stats.SUM,
        period: FIVE_MINUTES,
        label: 'not delivered by EventBridge',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
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
      wanted: metrics.custom('events', 'wanted', sum),
    },
    period: sum.period,
    label: 'silent',
  });
}

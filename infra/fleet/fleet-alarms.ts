import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { PassFunction } from '../functions/schedules.ts';
import { type AlarmSeverity, FLEET_NAME } from '../names.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { clustersThatCompleted, type FleetQuery, fleetMetric } from './fleet-metrics.ts';

interface FleetAlarmsProps {
  /** The clusters of the Region. */
  readonly clusters: readonly ClusterSettings[];
  /** Notified when an alarm, or one of its clusters, enters and leaves the ALARM state. */
  readonly topic: ITopic;
}

/** Name of an alarm of the fleet. */
export function fleetAlarmName(severity: AlarmSeverity, id: string): string {
  return `${FLEET_NAME}-${severity}-${id}`;
}

/** IDs of the alarms: those of the alarms of a cluster with the same condition, and their headings in the runbook. */
export const FLEET_ALARM_IDS = [
  'refresh-stopped',
  'sweep-stopped',
  'renewals-overdue',
  'secrets-failing',
  'sts-throttled',
  'api-throttled',
] as const;
type FleetAlarmId = (typeof FLEET_ALARM_IDS)[number];

interface Definition {
  readonly condition: string;
  readonly metric: MathExpression;
  readonly threshold: number;
  readonly isBelow?: boolean;
  readonly datapointsToAlarm: number;
  readonly evaluationPeriods: number;
}

/**
 * The pages of all clusters of a Region, whatever their account. Composite alarms cannot refer to alarms of other accounts, so these
 * evaluate the metrics again, with the thresholds of the cluster's own alarms.
 *
 * Two count the clusters that completed a pass, because a cluster that emits nothing has no series that could be below a threshold.
 * The others have a series for each cluster, and notify for each with its name and account.
 */
export class FleetAlarms extends Construct {
  constructor(scope: Construct, id: string, { clusters, topic }: FleetAlarmsProps) {
    super(scope, id);
    const runbookUrl = clusters[0]?.runbookUrl;
    for (const [name, definition] of Object.entries(definitions(clusters.length))) {
      const { condition, metric, threshold, isBelow = false, ...periods } = definition;
      const alarm = new Alarm(this, name, {
        alarmName: fleetAlarmName('page', name),
        alarmDescription: `${condition} What to do: ${runbookUrl}#${name}, for the cluster; the dashboard ${FLEET_NAME} shows all.`,
        metric,
        threshold,
        ...periods,
        comparisonOperator: isBelow
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: isBelow ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      });
      const action = new SnsAction(topic);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }
}

function definitions(expected: number): Readonly<Record<FleetAlarmId, Definition>> {
  return {
    'refresh-stopped': stopped('refresh', expected, Duration.minutes(5)),
    'sweep-stopped': stopped('sweep', expected, Duration.minutes(30)),
    'renewals-overdue': {
      condition:
        'In at least one cluster, credentials in use have been overdue for renewal for 10 minutes, and the cause is not confined to single namespaces.',
      ...atLeastOne('overdueForOperator', 'MAX', 10, 10),
    },
    'secrets-failing': {
      condition:
        'In at least one cluster, Secrets could not be created or renewed for 10 minutes, in so many namespaces that single ones cannot be the cause.',
      ...atLeastOne('failedForOperator', 'MAX', 10, 10),
    },
    'sts-throttled': {
      condition: 'In at least one cluster, STS throttled requests in 5 of the last 10 minutes.',
      ...atLeastOne('stsThrottled', 'SUM', 5, 10),
    },
    'api-throttled': {
      condition:
        'In at least one cluster, the Kubernetes API throttled requests in 5 of the last 10 minutes.',
      ...atLeastOne('apiThrottled', 'SUM', 5, 10),
    },
  };
}

/** Two periods: metrics of other accounts can arrive late, and a cluster's own alarm has fired by then. */
function stopped(service: PassFunction, expected: number, period: Duration): Definition {
  return {
    condition: `Fewer than the ${expected} configured clusters completed a ${service} pass in ${period.toMinutes()} minutes, twice in a row. Clusters that are not deployed or paused count too.`,
    metric: clustersThatCompleted(service, period),
    threshold: expected,
    isBelow: true,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
  };
}

function atLeastOne(
  metric: FleetQuery['metric'],
  aggregate: FleetQuery['aggregate'],
  datapointsToAlarm: number,
  evaluationPeriods: number,
) {
  const query = { metric, service: 'refresh', aggregate, period: Duration.minutes(1) } as const;
  return { metric: fleetMetric(query), threshold: 1, datapointsToAlarm, evaluationPeriods };
}

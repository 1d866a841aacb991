import {
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmSeverity, FunctionName } from '../../names.ts';
import type { ClusterMetrics } from '../metrics.ts';

/**
 * An alarm: the condition under which someone is affected, and what to do.
 *
 * `treatMissingData` is `notBreaching` if values are emitted only when something is wrong, and `ignore` if every pass emits
 * a value: without a value the state is unknown, so the alarm keeps its state.
 */
export interface AlarmDefinition
  extends Required<
    Pick<
      AlarmProps,
      | 'metric'
      | 'threshold'
      | 'comparisonOperator'
      | 'datapointsToAlarm'
      | 'evaluationPeriods'
      | 'treatMissingData'
    >
  > {
  readonly severity: AlarmSeverity;
  /** What is wrong, in one sentence. */
  readonly condition: string;
  /** Who is affected if nobody acts, and when, in a sentence or two. */
  readonly impact: string;
  /** Where to look first, if that does not take the runbook. */
  readonly firstStep?: string;
}

/**
 * Alarms when a count is at least one in `datapointsToAlarm` of the last `evaluationPeriods`. Without a value, the alarm keeps its
 * state.
 */
export function atLeastOne(
  metric: IMetric,
  datapointsToAlarm: number,
  evaluationPeriods = datapointsToAlarm,
) {
  return {
    metric,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    datapointsToAlarm,
    evaluationPeriods,
    treatMissingData: TreatMissingData.IGNORE,
  };
}

/** Settings that alarm descriptions quote. */
export interface AlarmTexts {
  /** How long before their expiry credentials are renewed, in minutes. */
  readonly refreshBeforeMinutes: number;
  /** How long sessions last, in hours. */
  readonly sessionHours: number;
}

/** Says when all credentials have expired that are not renewed, e.g. "within the hour". */
export function withinSession({ sessionHours }: AlarmTexts): string {
  return sessionHours === 1 ? 'within the hour' : `within ${sessionHours} hours`;
}

/** Names what writes a log and metrics: a function, or a service of the refresher in the cluster. */
export function nameOfService(service: FunctionName, { lambda }: ClusterMetrics): string {
  return lambda === undefined ? `service "${service}" of the refresher` : `${service} function`;
}

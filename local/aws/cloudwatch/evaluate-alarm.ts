import type { Comparison, MetricAlarm } from '../../assembly/resources/metric-alarm.ts';
import type { TimeSeries } from './metric-math.ts';

/** The state of an alarm. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** The properties of an alarm that determine its state. */
export type AlarmConditions = Pick<
  MetricAlarm,
  'comparison' | 'threshold' | 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'
>;

/** A new state and the reason for it. */
export interface AlarmEvaluation {
  readonly state: AlarmState;
  readonly reason: string;
}

/**
 * Number of additional periods in an alarm's evaluation range. CloudWatch documents that there are more than
 * `EvaluationPeriods`, depending on the period; its examples with 3 have 5 (user guide, "Configuring how CloudWatch alarms
 * treat missing data").
 */
export const EXTRA_PERIODS = 2;

/**
 * Determines the state from the data points of the evaluation range; undefined if the current state is maintained. The
 * most recent existing data points count, as many as the alarm has periods. Only if there are fewer does the treatment of
 * missing data apply.
 *
 * @param range - oldest first
 */
export function evaluateAlarm(
  alarm: AlarmConditions,
  range: TimeSeries,
): AlarmEvaluation | undefined {
  const real = range.filter((point) => point !== undefined).slice(-alarm.evaluationPeriods);
  const breaching = real.filter((point) => breaches(alarm, point)).length;
  const missing = alarm.evaluationPeriods - real.length;
  const result = (state: AlarmState): AlarmEvaluation => ({
    state,
    reason: reasonOf(alarm, real, breaching, missing),
  });
  const assumed = alarm.treatMissingData === 'breaching' ? breaching + missing : breaching;
  if (assumed >= alarm.datapointsToAlarm) return result('ALARM');
  const isAssumed = ['breaching', 'notBreaching'].includes(alarm.treatMissingData);
  if (missing === 0 || isAssumed || breaching < real.length) return result('OK');
  // All existing data points breach, or there are none, and there are too few for an alarm.
  if (alarm.treatMissingData === 'ignore') return undefined;
  return result(isOldEnough(alarm, range) ? 'ALARM' : 'INSUFFICIENT_DATA');
}

// An alarm waits for delayed data points, but only until the oldest breach is as old as the number of data points that it
// needs (user guide, "Avoiding premature transitions to alarm state").
function isOldEnough({ datapointsToAlarm }: AlarmConditions, range: TimeSeries): boolean {
  const oldest = range.findIndex((point) => point !== undefined);
  return oldest !== -1 && range.length - oldest >= datapointsToAlarm;
}

const COMPARISONS: Readonly<
  Record<Comparison, { readonly words: string; holds(point: number, threshold: number): boolean }>
> = {
  GreaterThanOrEqualToThreshold: {
    words: 'greater than or equal to',
    holds: (point, threshold) => point >= threshold,
  },
  GreaterThanThreshold: { words: 'greater than', holds: (point, threshold) => point > threshold },
  LessThanOrEqualToThreshold: {
    words: 'less than or equal to',
    holds: (point, threshold) => point <= threshold,
  },
  LessThanThreshold: { words: 'less than', holds: (point, threshold) => point < threshold },
};

function breaches({ comparison, threshold }: AlarmConditions, point: number): boolean {
  return COMPARISONS[comparison].holds(point, threshold);
}

function reasonOf(
  { comparison, threshold, treatMissingData, evaluationPeriods }: AlarmConditions,
  real: readonly number[],
  breaching: number,
  missing: number,
): string {
  const { words } = COMPARISONS[comparison];
  const rest = missing === 0 ? '' : `; ${missing} missing, treated as ${treatMissingData}`;
  return `${breaching} of ${evaluationPeriods} datapoints [${real.join(', ')}] were ${words} the threshold (${threshold})${rest}`;
}

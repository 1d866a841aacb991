import type { Comparison, MetricAlarm } from '../../assembly/resources/metric-alarm.ts';
import type { TimeSeries } from './metric-math.ts';

/** The states of an alarm. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** What an alarm is judged by. */
export type AlarmConditions = Pick<
  MetricAlarm,
  'comparison' | 'threshold' | 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData'
>;

/** A state and what it is found by, in words. */
export interface AlarmEvaluation {
  readonly state: AlarmState;
  readonly reason: string;
}

/**
 * How many periods beyond those of an alarm CloudWatch looks at for data points. It says that there are more, and depends
 * on the period; its own tables, of 3 periods, have 5 (user guide, "Configuring how CloudWatch alarms treat missing data").
 */
export const EXTRA_PERIODS = 2;

/**
 * The state that follows from the data points of the evaluation range, the oldest first; nothing when the state is to stay
 * as it is. The latest data points that there are count, as many as the alarm has periods; only when they are too few, the
 * treatment of missing data stands in for the rest.
 */
export function evaluateAlarm(
  alarm: AlarmConditions,
  range: TimeSeries,
): AlarmEvaluation | undefined {
  const real = range.filter((point) => point !== undefined).slice(-alarm.evaluationPeriods);
  const breaching = real.filter((point) => breaches(alarm, point)).length;
  const missing = alarm.evaluationPeriods - real.length;
  const judge = (state: AlarmState): AlarmEvaluation => ({
    state,
    reason: reasonOf(alarm, real, breaching, missing),
  });
  const assumed = alarm.treatMissingData === 'breaching' ? breaching + missing : breaching;
  if (assumed >= alarm.datapointsToAlarm) return judge('ALARM');
  const isAssumed = ['breaching', 'notBreaching'].includes(alarm.treatMissingData);
  if (missing === 0 || isAssumed || breaching < real.length) return judge('OK');
  // From here on what is there breaches, or there is nothing, and it is too little for an alarm.
  if (alarm.treatMissingData === 'ignore') return undefined;
  return judge(isOldEnough(alarm, range) ? 'ALARM' : 'INSUFFICIENT_DATA');
}

// An alarm waits for data that may still be under way, but not for ever: it goes off once the first breach is as old as
// the points that it needs (user guide, "Avoiding premature transitions to alarm state").
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

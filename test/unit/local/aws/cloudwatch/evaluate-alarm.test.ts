import { describe, expect, it } from 'vitest';
import type { TreatMissingData } from '../../../../../local/assembly/resources/metric-alarm.ts';
import {
  type AlarmConditions,
  evaluateAlarm,
} from '../../../../../local/aws/cloudwatch/evaluate-alarm.ts';

const ALARM: AlarmConditions = {
  comparison: 'GreaterThanThreshold',
  threshold: 10,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  treatMissingData: 'missing',
};

/** Parses data points: `.` is within the threshold, `X` breaches it, `-` is missing. */
const parsePoints = (symbols: string) =>
  symbols.split(' ').map((symbol) => ({ '.': 10, X: 11 })[symbol] ?? undefined);

const TREATMENTS: readonly TreatMissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];

function evaluateAll(conditions: Partial<AlarmConditions>, symbols: string): readonly unknown[] {
  return TREATMENTS.map((treatMissingData) => {
    const alarm = { ...ALARM, ...conditions, treatMissingData };
    return evaluateAlarm(alarm, parsePoints(symbols))?.state ?? 'unchanged';
  });
}

const ALL_OK = ['OK', 'OK', 'OK', 'OK'];
const ALL_ALARM = ['ALARM', 'ALARM', 'ALARM', 'ALARM'];

describe('an alarm of 3 periods', () => {
  it.each([
    ['. . . X X', ALL_OK],
    ['. . X X X', ALL_ALARM],
    // Missing data is not treated if there are three data points in the evaluation range.
    ['. - X - X', ALL_OK],
    ['. X X - X', ALL_ALARM],
    ['X X X - -', ALL_ALARM],
    ['- - - - .', ALL_OK],
    ['. - - - -', ALL_OK],
    ['- - - - -', ['INSUFFICIENT_DATA', 'unchanged', 'ALARM', 'OK']],
    // A breach waits for delayed data points, until it is as old as the number of data points to alarm.
    ['- - - - X', ['INSUFFICIENT_DATA', 'unchanged', 'ALARM', 'OK']],
    ['- - - X X', ['INSUFFICIENT_DATA', 'unchanged', 'ALARM', 'OK']],
    ['- - X - -', ['ALARM', 'unchanged', 'ALARM', 'OK']],
    ['X - - - -', ['ALARM', 'unchanged', 'ALARM', 'OK']],
  ])('that must all breach has for %s the states %j', (symbols, states) => {
    expect(evaluateAll({}, symbols)).toEqual(states);
  });

  it.each([
    ['. - X - X', ALL_ALARM],
    ['. . X . X', ALL_ALARM],
    ['X . X . .', ALL_OK],
    ['. - X - -', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - - .', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - X -', ['ALARM', 'unchanged', 'ALARM', 'OK']],
    ['- - - - X', ['INSUFFICIENT_DATA', 'unchanged', 'ALARM', 'OK']],
    ['- - - X X', ALL_ALARM],
  ])('of which 2 must breach has for %s the states %j', (symbols, states) => {
    expect(evaluateAll({ datapointsToAlarm: 2 }, symbols)).toEqual(states);
  });
});

it.each([
  ['- - X', ALL_ALARM],
  ['- - .', ALL_OK],
  // After the last data point, an alarm of one period uses it for two more periods.
  ['- . -', ALL_OK],
  ['. - -', ALL_OK],
  ['X - -', ALL_ALARM],
  ['- - -', ['INSUFFICIENT_DATA', 'unchanged', 'ALARM', 'OK']],
])('an alarm of 1 period has for %s the states %j', (symbols, states) => {
  expect(evaluateAll({ evaluationPeriods: 1, datapointsToAlarm: 1 }, symbols)).toEqual(states);
});

it.each([
  ['GreaterThanThreshold', ['OK', 'OK', 'ALARM']],
  ['GreaterThanOrEqualToThreshold', ['OK', 'ALARM', 'ALARM']],
  ['LessThanThreshold', ['ALARM', 'OK', 'OK']],
  ['LessThanOrEqualToThreshold', ['ALARM', 'ALARM', 'OK']],
] as const)(
  '%s with a threshold of 10 has for 9, 10 and 11 the states %j',
  (comparison, states) => {
    const alarm = { ...ALARM, comparison, evaluationPeriods: 1, datapointsToAlarm: 1 };
    expect([9, 10, 11].map((value) => evaluateAlarm(alarm, [value])?.state)).toEqual(states);
  },
);

it('the reason contains existing and missing data points', () => {
  const alarm: AlarmConditions = { ...ALARM, treatMissingData: 'breaching' };
  expect(evaluateAlarm(alarm, parsePoints('- - - . X'))?.reason).toBe(
    '1 of 3 datapoints [10, 11] were greater than the threshold (10); 1 missing, treated as breaching',
  );
});

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

/** Data points as words: `.` is within the threshold, `X` is not, `-` is none. */
const points = (words: string) =>
  words.split(' ').map((word) => ({ '.': 10, X: 11 })[word] ?? undefined);

const TREATMENTS: readonly TreatMissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];

function judgeAll(terms: Partial<AlarmConditions>, words: string): readonly unknown[] {
  return TREATMENTS.map((treatMissingData) => {
    const judgement = evaluateAlarm({ ...ALARM, ...terms, treatMissingData }, points(words));
    return judgement?.state ?? 'stays';
  });
}

const ALL_OK = ['OK', 'OK', 'OK', 'OK'];
const ALL_ALARM = ['ALARM', 'ALARM', 'ALARM', 'ALARM'];

describe('an alarm of 3 periods', () => {
  it.each([
    ['. . . X X', ALL_OK],
    ['. . X X X', ALL_ALARM],
    // The treatment of missing data is not asked where three points are to be found further back.
    ['. - X - X', ALL_OK],
    ['. X X - X', ALL_ALARM],
    ['X X X - -', ALL_ALARM],
    ['- - - - .', ALL_OK],
    ['. - - - -', ALL_OK],
    ['- - - - -', ['INSUFFICIENT_DATA', 'stays', 'ALARM', 'OK']],
    // A breach waits for what may still come, until it is as old as the alarm needs.
    ['- - - - X', ['INSUFFICIENT_DATA', 'stays', 'ALARM', 'OK']],
    ['- - - X X', ['INSUFFICIENT_DATA', 'stays', 'ALARM', 'OK']],
    ['- - X - -', ['ALARM', 'stays', 'ALARM', 'OK']],
    ['X - - - -', ['ALARM', 'stays', 'ALARM', 'OK']],
  ])('that all have to breach sees in %s', (words, states) => {
    expect(judgeAll({}, words)).toEqual(states);
  });

  it.each([
    ['. - X - X', ALL_ALARM],
    ['. . X . X', ALL_ALARM],
    ['X . X . .', ALL_OK],
    ['. - X - -', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - - .', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - X -', ['ALARM', 'stays', 'ALARM', 'OK']],
    ['- - - - X', ['INSUFFICIENT_DATA', 'stays', 'ALARM', 'OK']],
    ['- - - X X', ALL_ALARM],
  ])('of which 2 have to breach sees in %s', (words, states) => {
    expect(judgeAll({ datapointsToAlarm: 2 }, words)).toEqual(states);
  });
});

it.each([
  ['- - X', ALL_ALARM],
  ['- - .', ALL_OK],
  // Where nothing comes any more, an alarm of one period looks at the last point for two more.
  ['- . -', ALL_OK],
  ['. - -', ALL_OK],
  ['X - -', ALL_ALARM],
  ['- - -', ['INSUFFICIENT_DATA', 'stays', 'ALARM', 'OK']],
])('an alarm of 1 period sees in %s', (words, states) => {
  expect(judgeAll({ evaluationPeriods: 1, datapointsToAlarm: 1 }, words)).toEqual(states);
});

it.each([
  ['GreaterThanThreshold', ['OK', 'OK', 'ALARM']],
  ['GreaterThanOrEqualToThreshold', ['OK', 'ALARM', 'ALARM']],
  ['LessThanThreshold', ['ALARM', 'OK', 'OK']],
  ['LessThanOrEqualToThreshold', ['ALARM', 'ALARM', 'OK']],
] as const)('%s with a threshold of 10 sees in 9, 10 and 11', (comparison, states) => {
  const terms = { ...ALARM, comparison, evaluationPeriods: 1, datapointsToAlarm: 1 };
  expect([9, 10, 11].map((value) => evaluateAlarm(terms, [value])?.state)).toEqual(states);
});

it('the reason says what was seen, and what was not', () => {
  const terms: AlarmConditions = { ...ALARM, treatMissingData: 'breaching' };
  expect(evaluateAlarm(terms, points('- - - . X'))?.reason).toBe(
    '1 of 3 datapoints [10, 11] were greater than the threshold (10); 1 missing, treated as breaching',
  );
});

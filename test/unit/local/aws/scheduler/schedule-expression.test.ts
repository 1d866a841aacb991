import { describe, expect, it } from 'vitest';
import { parseScheduleExpression } from '../../../../../local/aws/scheduler/schedule-expression.ts';

function firings(expression: string, from: string, count: number): readonly string[] {
  const recurrence = parseScheduleExpression(expression);
  const fired = [recurrence.first(new Date(`2026-11-23T${from}Z`))];
  while (fired.length < count) fired.push(recurrence.next(fired.at(-1) ?? new Date(0)));
  return fired.map((date) => date.toISOString().slice(11, 19));
}

describe('a schedule expression', () => {
  it.each([
    ['rate(1 minute)', '10:00:30', ['10:00:30', '10:01:30', '10:02:30']],
    ['rate(10 minutes)', '10:00:00', ['10:00:00', '10:10:00', '10:20:00']],
    ['rate(1 day)', '10:00:00', ['10:00:00', '10:00:00']],
    ['cron(5/10 * * * ? *)', '10:46:00', ['10:55:00', '11:05:00', '11:15:00']],
    ['cron(*/20 * * * ? *)', '10:20:00', ['10:20:00', '10:40:00', '11:00:00']],
    ['cron(7,30 * * * ? *)', '10:07:01', ['10:30:00', '11:07:00', '11:30:00']],
    ['cron(* * * * ? *)', '10:07:01', ['10:08:00', '10:09:00']],
  ])('%s fires, starting at %s, at %j', (expression, from, expected) => {
    expect(firings(expression, from, expected.length)).toEqual(expected);
  });

  it.each([
    'rate(0 minutes)',
    'rate(30 seconds)',
    'at(2026-11-23T00:00:00)',
    'cron(0 12 * * ? *)',
    'cron(5/0 * * * ? *)',
    'cron(60 * * * ? *)',
    'cron(L * * * ? *)',
  ])('%s is not supported', (expression) => {
    expect(() => parseScheduleExpression(expression)).toThrow(
      `${expression} is not supported here`,
    );
  });
});

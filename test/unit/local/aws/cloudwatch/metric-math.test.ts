import { describe, expect, it } from 'vitest';
import {
  evaluateMetricMath,
  type TimeSeries,
} from '../../../../../local/aws/cloudwatch/metric-math.ts';
import { parseMetricMath } from '../../../../../local/aws/cloudwatch/parse-metric-math.ts';

const _ = undefined;

function evaluate(expression: string, series: Readonly<Record<string, TimeSeries>>): TimeSeries {
  const [first = []] = Object.values(series);
  return evaluateMetricMath(parseMetricMath(expression), first.length, (id) => series[id] ?? []);
}

const evaluateOnce = (expression: string, values: Readonly<Record<string, number>> = {}) =>
  evaluate(
    `${expression} + 0 * any`,
    Object.fromEntries(Object.entries({ any: 1, ...values }).map(([id, value]) => [id, [value]])),
  )[0];

describe('an expression', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 2 - 3', 5],
    ['12 / 2 / 3', 2],
    ['-2 * -3', 6],
    ['1 - -1', 2],
    ['.5 + 1.25', 1.75],
    ['(1 + 1 > 1 * 1)', 1],
    ['(2 >= 2 AND 2 != 2)', 0],
    ['(1 == 1 OR 0 AND 0)', 1],
    ['(3 < 2)', 0],
    ['(2 <= 2)', 1],
    ['IF(2 > 1, 5, 6)', 5],
    ['IF(0, 5, 6)', 6],
  ])('%s is %d', (expression, value) => {
    expect(evaluateOnce(expression)).toBe(value);
  });

  it('gives arithmetic precedence over a comparison', () => {
    expect(evaluate('m * 2 > 3 + 4', { m: [3, 4] })).toEqual([0, 1]);
  });

  it.each([
    ['RATE(m)', 'function RATE is not supported'],
    ['m +', 'unexpected end'],
    ['(m', 'expected ) before the end'],
    ['m n', 'unexpected n'],
    ['FILL(m)', 'FILL with 1 arguments'],
    ['m && 1', '&& 1 is not valid metric math, or not supported'],
    ['m ^ 2', '^ 2 is not valid metric math, or not supported'],
    [') + m', 'unexpected )'],
  ])('%s is rejected: %s', (expression, message) => {
    expect(() => parseMetricMath(expression)).toThrow(message);
  });
});

describe('over several periods', () => {
  it('treats a missing data point as 0 if the other operand has one', () => {
    expect(evaluate('a + b', { a: [1, _, 3, _], b: [10, 20, _, _] })).toEqual([11, 20, 3, _]);
    expect(evaluate('a < b', { a: [30, 20, 0, 0], b: [20, _, 20, _] })).toEqual([0, 0, 1, 0]);
    expect(evaluate('a >= 30', { a: [30, _, 29] })).toEqual([1, _, 0]);
  });

  it('has no data point for a division by 0', () => {
    expect(evaluate('a / b', { a: [4, 4], b: [2, 0] })).toEqual([2, _]);
  });

  it('evaluates IF for each period, with 0 for a missing data point in the first branch', () => {
    const series = { c: [1, 1, 0, 0, _], a: [30, _, 0, 0, 30], b: [0, 0, 20, _, 20] };
    expect(evaluate('IF(c, a, b)', series)).toEqual([30, 0, 20, _, _]);
    expect(evaluate('IF(c, 5, b)', series)).toEqual([5, 5, 20, _, _]);
    expect(evaluate('IF(c, a, 5)', series)).toEqual([30, 0, 5, 5, _]);
    expect(evaluate('IF(c, a)', series)).toEqual([30, 0, _, _, _]);
    expect(evaluate('IF(1, a, b)', series)).toEqual(series.a);
  });

  it('evaluates FILL for a metric that has a data point', () => {
    expect(evaluate('FILL(m, 0)', { m: [_, 2, _] })).toEqual([0, 2, 0]);
    expect(evaluate('FILL(m, n)', { m: [_, 2, _], n: [7, 7, _] })).toEqual([7, 2, _]);
  });

  it('has no data points if one of the metrics has none', () => {
    expect(evaluate('FILL(m, 0)', { m: [_, _] })).toEqual([_, _]);
    expect(evaluate('a + FILL(m, 0)', { a: [1, 2], m: [_, _] })).toEqual([_, _]);
  });
});

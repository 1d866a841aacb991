import type { FunctionName, MathNode, MetricMath, Operator } from './parse-metric-math.ts';

/** The values of consecutive periods, oldest first; undefined for a period without a data point. */
export type TimeSeries = readonly (number | undefined)[];

type Value = TimeSeries | number;
type DataPoint = number | undefined;

/**
 * Evaluates an expression for each period. If one of its metrics has no data points at all, the expression has none
 * either. A missing data point counts as 0 in a period in which the other operand has one.
 *
 * @param length - number of periods
 * @param seriesOf - returns the values of a query for these periods
 */
export function evaluateMetricMath(
  { root, ids }: MetricMath,
  length: number,
  seriesOf: (id: string) => TimeSeries,
): TimeSeries {
  const byId = new Map(ids.map((id) => [id, seriesOf(id)]));
  const empty = Array.from({ length }, () => undefined);
  if ([...byId.values()].some((series) => series.every((value) => value === undefined))) {
    return empty;
  }
  const result = evaluate(root, (id) => byId.get(id) ?? empty);
  // CloudWatch does not accept a scalar as the result.
  return typeof result === 'number' ? empty : result;
}

function evaluate(node: MathNode, seriesOf: (id: string) => TimeSeries): Value {
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'id':
      return seriesOf(node.id);
    case 'operation':
      return operate(
        node.operator,
        evaluate(node.operands[0], seriesOf),
        evaluate(node.operands[1], seriesOf),
      );
    case 'call':
      return FUNCTIONS[node.name](node.operands.map((operand) => evaluate(operand, seriesOf)));
  }
}

const toNumber = (condition: boolean): number => (condition ? 1 : 0);

const OPERATIONS: Readonly<Record<Operator, (left: number, right: number) => DataPoint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? undefined : left / right),
  '==': (left, right) => toNumber(left === right),
  '!=': (left, right) => toNumber(left !== right),
  '<=': (left, right) => toNumber(left <= right),
  '>=': (left, right) => toNumber(left >= right),
  '<': (left, right) => toNumber(left < right),
  '>': (left, right) => toNumber(left > right),
  AND: (left, right) => toNumber(left !== 0 && right !== 0),
  OR: (left, right) => toNumber(left !== 0 || right !== 0),
};

function operate(operator: Operator, left: Value, right: Value): Value {
  const operation = OPERATIONS[operator];
  if (typeof left === 'number' && typeof right === 'number') return operation(left, right) ?? 0;
  return periodsOf(left, right).map((index) => {
    const [a, b] = [at(left, index), at(right, index)];
    const hasPoint = [left, right].some((value) => isSeries(value) && value[index] !== undefined);
    return hasPoint ? operation(a ?? 0, b ?? 0) : undefined;
  });
}

const FUNCTIONS: Readonly<Record<FunctionName, (operands: readonly Value[]) => Value>> = {
  FILL: ([gappy = 0, filler = 0]) =>
    isSeries(gappy) ? gappy.map((point, index) => point ?? at(filler, index)) : gappy,
  IF: ([condition = 0, then = 0, otherwise]) => choose(condition, then, otherwise),
};

// A missing value counts as 0 in the first branch; in the second branch there is no data point.
function choose(condition: Value, then: Value, otherwise: Value | undefined): Value {
  if (!isSeries(condition)) return condition === 0 ? (otherwise ?? []) : then;
  return condition.map((point, index) => {
    if (point === undefined) return undefined;
    return point === 0 ? at(otherwise, index) : (at(then, index) ?? 0);
  });
}

function periodsOf(...values: readonly Value[]): readonly number[] {
  return [...(values.find(isSeries) ?? []).keys()];
}

function at(value: Value | undefined, index: number): DataPoint {
  return isSeries(value) ? value[index] : value;
}

function isSeries(value: Value | undefined): value is TimeSeries {
  return typeof value === 'object';
}

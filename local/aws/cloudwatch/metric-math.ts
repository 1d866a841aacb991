import type { FunctionName, MathNode, MetricMath, Operator } from './parse-metric-math.ts';

/** The values of consecutive periods, the oldest first; nothing where there is no data point. */
export type TimeSeries = readonly (number | undefined)[];

type Value = TimeSeries | number;
type Point = number | undefined;

/**
 * What an expression gives for each period. Over a metric without any data point it has no result, whatever it does with
 * the metric; a gap in one that has some counts as 0 beside a metric without a gap there.
 *
 * @param seriesOf - the values of a query, for as many periods as `length`
 */
export function evaluateMetricMath(
  { root, ids }: MetricMath,
  length: number,
  seriesOf: (id: string) => TimeSeries,
): TimeSeries {
  const byId = new Map(ids.map((id) => [id, seriesOf(id)]));
  const nothing = Array.from({ length }, () => undefined);
  if ([...byId.values()].some((series) => series.every((value) => value === undefined))) {
    return nothing;
  }
  const result = evaluate(root, (id) => byId.get(id) ?? nothing);
  // CloudWatch takes no scalar for a result.
  return typeof result === 'number' ? nothing : result;
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

const truth = (holds: boolean): number => (holds ? 1 : 0);

const OPERATIONS: Readonly<Record<Operator, (left: number, right: number) => Point>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? undefined : left / right),
  '==': (left, right) => truth(left === right),
  '!=': (left, right) => truth(left !== right),
  '<=': (left, right) => truth(left <= right),
  '>=': (left, right) => truth(left >= right),
  '<': (left, right) => truth(left < right),
  '>': (left, right) => truth(left > right),
  AND: (left, right) => truth(left !== 0 && right !== 0),
  OR: (left, right) => truth(left !== 0 || right !== 0),
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

// A missing value that is chosen counts as 0 when the condition holds; when it does not, there is no result.
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

function at(value: Value | undefined, index: number): Point {
  return isSeries(value) ? value[index] : value;
}

function isSeries(value: Value | undefined): value is TimeSeries {
  return typeof value === 'object';
}

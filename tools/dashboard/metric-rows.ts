import type { MetricProperties, RowOptions } from './widget.ts';

/** A metric of a widget, with its shorthand expanded. */
export interface MetricRow extends RowStyle {
  readonly kind: 'metric';
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: string;
  readonly periodSeconds: number;
}

/** A metric math expression over other rows. */
export interface ExpressionRow extends RowStyle {
  readonly kind: 'expression';
  readonly expression: string;
  readonly periodSeconds: number;
}

interface RowStyle {
  /** Name of the row in expressions. */
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly color: string | undefined;
  readonly visible: boolean;
  readonly yAxis: 'left' | 'right';
}

export type Row = MetricRow | ExpressionRow;

const NO_OPTIONS: RowOptions = { visible: true, yAxis: 'left' };

/** Reads the rows of a widget. "." repeats the cell above, and "..." the cells above up to the end of the row. */
export function readRows(properties: MetricProperties): readonly Row[] {
  let previous: readonly string[] = [];
  return properties.metrics.map((cells) => {
    const options = cells.find((cell) => typeof cell === 'object') ?? NO_OPTIONS;
    const words = cells.filter((cell) => typeof cell === 'string');
    if (options.expression !== undefined)
      return expressionRow(options.expression, options, properties);
    previous = expand(words, previous);
    return metricRow(previous, options, properties);
  });
}

function expand(words: readonly string[], previous: readonly string[]): readonly string[] {
  const [first, ...others] = words;
  const all =
    first === '...' ? [...previous.slice(0, previous.length - others.length), ...others] : words;
  return all.map((word, column) => (word === '.' ? (previous[column] ?? word) : word));
}

function metricRow(
  [namespace = '', name = '', ...dimensions]: readonly string[],
  options: RowOptions,
  { stat, period }: MetricProperties,
): MetricRow {
  const pairs = Array.from({ length: dimensions.length / 2 }, (_, pair) => [
    dimensions[2 * pair] ?? '',
    dimensions[2 * pair + 1] ?? '',
  ]);
  return {
    kind: 'metric',
    namespace,
    name,
    dimensions: Object.fromEntries(pairs),
    stat: options.stat ?? stat,
    periodSeconds: options.period ?? period,
    ...styleOf(options),
  };
}

function expressionRow(
  expression: string,
  options: RowOptions,
  { period }: MetricProperties,
): ExpressionRow {
  const periodSeconds = options.period ?? period;
  return { kind: 'expression', expression, periodSeconds, ...styleOf(options) };
}

function styleOf({ id, label, color, visible, yAxis }: RowOptions): RowStyle {
  return { id, label, color, visible, yAxis };
}

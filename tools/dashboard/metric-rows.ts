import type { MetricProperties, RowOptions } from './widget.ts';

/** A metric of a widget, its shorthand written out. */
export interface MetricRow extends RowStyle {
  readonly kind: 'metric';
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: string;
  readonly periodSeconds: number;
}

/** What is computed from other rows. */
export interface ExpressionRow extends RowStyle {
  readonly kind: 'expression';
  readonly expression: string;
  readonly periodSeconds: number;
}

interface RowStyle {
  /** By which expressions name the row. */
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly color: string | undefined;
  readonly visible: boolean;
  readonly yAxis: 'left' | 'right';
}

export type Row = MetricRow | ExpressionRow;

const NO_OPTIONS: RowOptions = { visible: true, yAxis: 'left' };

/** The rows of a widget. In a row, "." stands for what is above it, and "..." for all that is above up to the row's end. */
export function readRows(properties: MetricProperties): readonly Row[] {
  let above: readonly string[] = [];
  return properties.metrics.map((cells) => {
    const options = cells.find((cell) => typeof cell === 'object') ?? NO_OPTIONS;
    const words = cells.filter((cell) => typeof cell === 'string');
    if (options.expression !== undefined)
      return expressionRow(options.expression, options, properties);
    above = writeOut(words, above);
    return metricRow(above, options, properties);
  });
}

function writeOut(words: readonly string[], above: readonly string[]): readonly string[] {
  const [first, ...others] = words;
  const whole =
    first === '...' ? [...above.slice(0, above.length - others.length), ...others] : words;
  return whole.map((word, column) => (word === '.' ? (above[column] ?? word) : word));
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

import { evaluateMetricMath } from '../../local/aws/cloudwatch/metric-math.ts';
import type { MetricStore } from '../../local/aws/cloudwatch/metric-store.ts';
import { parseMetricMath } from '../../local/aws/cloudwatch/parse-metric-math.ts';
import { computeStatistic } from '../../local/aws/cloudwatch/statistic.ts';
import type { ExpressionRow, MetricRow, Row } from './metric-rows.ts';
import type { Point, Series, TimeRange } from './series.ts';
import { LINE_COLORS } from './theme.ts';

/** Reads the data of the visible rows of a widget, in order. Omits rows without data. */
export function readSeries(
  rows: readonly Row[],
  store: MetricStore,
  range: TimeRange,
): readonly Series[] {
  return rows
    .filter(({ visible }) => visible)
    .map((row) => ({ row, points: pointsOf(row, rows, store, range) }))
    .filter(({ points }) => points.some(({ value }) => value !== undefined))
    .map(({ row, points }, index) => ({
      label: labelOf(row),
      color: row.color ?? LINE_COLORS[index % LINE_COLORS.length] ?? '',
      yAxis: row.yAxis,
      points,
    }));
}

function labelOf(row: Row): string {
  return row.label ?? (row.kind === 'metric' ? row.name : row.expression);
}

function pointsOf(
  row: Row,
  rows: readonly Row[],
  store: MetricStore,
  range: TimeRange,
): readonly Point[] {
  const period = (row.kind === 'metric' ? row : (operandsOf(row, rows)[0] ?? row)).periodSeconds;
  const starts = periodStarts(period, range);
  const values =
    row.kind === 'metric'
      ? statistics(row, starts, store, range.to)
      : evaluateMetricMath(parseMetricMath(row.expression), starts.length, (id) =>
          statistics(operandNamed(id, row, rows), starts, store, range.to),
        );
  return starts.map((at, index) => ({ at, value: values[index] }));
}

/** Returns the metrics of an expression. Expressions over expressions are not supported. */
function operandsOf(row: ExpressionRow, rows: readonly Row[]): readonly MetricRow[] {
  return parseMetricMath(row.expression).ids.map((id) => operandNamed(id, row, rows));
}

function operandNamed(id: string, { expression }: ExpressionRow, rows: readonly Row[]): MetricRow {
  const found = rows.find((row) => row.kind === 'metric' && row.id === id);
  if (found?.kind === 'metric') return found;
  throw new Error(`expression "${expression}" uses ${id}, which is not a metric of its widget`);
}

function statistics(
  row: MetricRow,
  starts: readonly Date[],
  store: MetricStore,
  asOf: Date,
): readonly (number | undefined)[] {
  const length = row.periodSeconds * 1_000;
  return starts.map((from) => {
    const until = new Date(from.getTime() + length);
    return computeStatistic(row.stat, store.values(row, { from, until }, asOf));
  });
}

function periodStarts(periodSeconds: number, { from, to }: TimeRange): readonly Date[] {
  const length = periodSeconds * 1_000;
  const count = Math.floor((to.getTime() - from.getTime()) / length);
  return Array.from({ length: count }, (_, index) => new Date(from.getTime() + index * length));
}

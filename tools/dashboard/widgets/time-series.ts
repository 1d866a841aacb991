import { element, type Svg } from '../../picture/svg.ts';
import {
  axisWidth,
  drawTimeAxis,
  drawValueAxis,
  type TimeScale,
  timeScale,
  type ValueScale,
  valueScale,
} from '../axes.ts';
import { type Box, inset } from '../box.ts';
import { legend } from '../legend.ts';
import { drawLine, drawStack, lineBoxes, stackedValues } from '../lines.ts';
import { type Series, valuesOf } from '../series.ts';
import { drawThresholds } from '../thresholds.ts';
import type { TimeRange } from '../time-range.ts';
import type { Annotation, MetricProperties } from '../widget.ts';

const TIME_AXIS_HEIGHT = 24;
const AXIS_LABEL_HEIGHT = 14;
const TOP = 6;
/** What the last label of the time axis needs beside the chart. */
const HALF_A_TIME = 8;
const SIDES = ['left', 'right'] as const;
type Side = (typeof SIDES)[number];

/** What is drawn against one of the two axes. */
interface SideOfChart {
  readonly side: Side;
  readonly series: readonly Series[];
  readonly annotations: readonly Annotation[];
  readonly scale: ValueScale;
}

/** Lines over time, with axes, thresholds and a legend. */
export function drawTimeSeries(
  properties: MetricProperties,
  series: readonly Series[],
  range: TimeRange,
  room: Box,
): readonly Svg[] {
  const labels = legend(series, room.width);
  const chart = inset(room, {
    top: TOP + (hasAxisLabel(properties) ? AXIS_LABEL_HEIGHT : 0),
    bottom: labels.height + TIME_AXIS_HEIGHT,
  });
  const sides = SIDES.flatMap((side) => sideOfChart(side, properties, series, chart) ?? []);
  const widths = Object.fromEntries(sides.map(({ side, scale }) => [side, axisWidth(scale)]));
  const plot = inset(chart, { right: HALF_A_TIME, ...widths });
  const x = timeScale(range.from, range.to, plot);
  const lines = sides.flatMap(({ series: some, scale }) =>
    some.flatMap((one) => lineBoxes(one, x, scale)),
  );
  return [
    ...sides.flatMap(({ side, scale }) =>
      drawValueAxis(scale, plot, side, properties.yAxis[side]?.label),
    ),
    ...drawTimeAxis(x, plot),
    ...sides.flatMap((one) => drawSeries(properties, one, x)),
    ...sides.flatMap(({ annotations, scale: y }) =>
      drawThresholds(annotations, { y, plot, lines }),
    ),
    element('g', {}, labels.draw({ x: room.x, y: room.y + room.height - labels.height })),
  ];
}

function drawSeries(
  { stacked }: MetricProperties,
  { series, scale }: SideOfChart,
  x: TimeScale,
): readonly Svg[] {
  if (stacked) return drawStack(series, x, scale);
  return series.flatMap((one) => drawLine(one, x, scale));
}

function hasAxisLabel({ yAxis }: MetricProperties): boolean {
  return SIDES.some((side) => (yAxis[side]?.label ?? '') !== '');
}

/** Nothing when neither a line nor a threshold is on that side. */
function sideOfChart(
  side: Side,
  properties: MetricProperties,
  all: readonly Series[],
  box: Box,
): SideOfChart | undefined {
  const series = all.filter(({ yAxis }) => yAxis === side);
  const annotations = (properties.annotations?.horizontal ?? []).filter(
    ({ yAxis }) => yAxis === side,
  );
  if (series.length === 0 && annotations.length === 0) return undefined;
  const values = properties.stacked ? stackedValues(series) : series.flatMap(valuesOf);
  const marks = annotations.map(({ value }) => value);
  const scale = valueScale([...values, ...marks], properties.yAxis[side], box);
  return { side, series, annotations, scale };
}

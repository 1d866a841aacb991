import type { TopLevelSpec } from 'vega-lite';
import { xmlText } from '../picture/svg.ts';
import { fitText, textWidth } from '../picture/text-width.ts';
import type { Box } from './box.ts';
import { type Point, type Series, type TimeRange, valuesOf } from './series.ts';
import { COLOR, SIZE } from './theme.ts';
import type { Annotation, MetricProperties } from './widget.ts';

type Layer = Extract<TopLevelSpec, { readonly layer: unknown }>['layer'][number];
type Side = 'left' | 'right';

const SIDES: readonly Side[] = ['left', 'right'];
const TICKS = 4;
/** Space above the highest value or threshold, for its label. */
const HEADROOM = 1.12;
/** Width of a label of the time axis, with its gap. */
const TIME_LABEL_WIDTH = 62;
/** Width of the symbol of a legend entry, with its gaps. */
const LEGEND_SYMBOL_WIDTH = 18;
const LEGEND_COLUMN_GAP = 14;

/** The look of the CloudWatch console, without `aria-label`s, which would double the size of the picture. */
const CONFIG = {
  aria: false,
  font: 'inherit',
  view: { stroke: null },
  axis: {
    domainColor: COLOR.axis,
    gridColor: COLOR.grid,
    labelColor: COLOR.faint,
    labelFontSize: SIZE.axis,
    tickColor: COLOR.axis,
    titleColor: COLOR.faint,
    titleFontSize: SIZE.axis,
    titleFontWeight: 'normal',
  },
  legend: {
    labelColor: COLOR.text,
    labelFontSize: SIZE.text,
    labelLimit: 0,
    symbolOpacity: 1,
    symbolSize: 120,
    symbolStrokeWidth: 0,
  },
} as const;

/** Returns the Vega-Lite chart of a metric widget: lines or stacked areas over time, thresholds and a legend. */
export function chartSpec(
  properties: MetricProperties,
  series: readonly Series[],
  range: TimeRange,
  { width, height }: Pick<Box, 'width' | 'height'>,
): TopLevelSpec {
  const labels = series.map(({ label }) => fitText(xmlText(label), width - 40, SIZE.text));
  const labelled = series.map((one, index) => ({ ...one, label: labels[index] ?? '' }));
  return {
    width,
    height,
    autosize: { type: 'fit', contains: 'padding' },
    padding: 0,
    background: 'transparent',
    config: CONFIG,
    layer: [
      timeAxisLayer(range, width),
      ...SIDES.flatMap((side) => sideLayer(side, properties, labelled, width) ?? []),
    ],
    resolve: { scale: { y: 'independent' } },
  };
}

/** Shows the time axis, in UTC, even without data. */
function timeAxisLayer({ from, to }: TimeRange, width: number): Layer {
  return {
    data: { values: [{ at: from.getTime() }] },
    mark: { type: 'rule', opacity: 0 },
    encoding: {
      x: {
        field: 'at',
        type: 'temporal',
        scale: { type: 'utc', domain: [from.getTime(), to.getTime()] },
        axis: {
          title: null,
          format: '%H:%M',
          grid: false,
          tickCount: Math.max(2, Math.floor(width / TIME_LABEL_WIDTH)),
        },
      },
    },
  };
}

/** Shows the lines, thresholds and value axis of one side, or nothing when it has neither lines nor thresholds. */
function sideLayer(
  side: Side,
  properties: MetricProperties,
  all: readonly Series[],
  width: number,
): Layer | undefined {
  const series = all.filter(({ yAxis }) => yAxis === side);
  const thresholds = (properties.annotations?.horizontal ?? []).filter(
    ({ yAxis }) => yAxis === side,
  );
  if (series.length === 0 && thresholds.length === 0) return undefined;
  const values = properties.stacked ? totals(series) : series.flatMap(valuesOf);
  const labelsFit = textWidth(thresholds.map(({ label }) => label).join(), SIZE.axis) < 0.6 * width;
  const positions = labelsFit ? NEXT_TO : BELOW;
  return {
    encoding: {
      y: valueAxis(side, properties, [...values, ...thresholds.map(({ value }) => value)]),
    },
    layer: [
      ...(series.length === 0 ? [] : [seriesLayer(properties, series, all, width)]),
      ...thresholds.map((threshold, index) =>
        thresholdLayer(threshold, positions[index % positions.length] ?? positions[0]),
      ),
    ],
  };
}

/** Adds up the values of each instant, for stacked areas. */
function totals(series: readonly Series[]): readonly number[] {
  const [first] = series;
  return (first?.points ?? []).map((_, index) =>
    series.reduce((sum, { points }) => sum + (points[index]?.value ?? 0), 0),
  );
}

function valueAxis(side: Side, { yAxis }: MetricProperties, values: readonly number[]) {
  const { min, max, label = '' } = yAxis[side] ?? {};
  const lowest = min ?? Math.min(0, ...values);
  const highest = max ?? HEADROOM * Math.max(0, ...values);
  return {
    type: 'quantitative',
    scale: {
      domain: [lowest, highest > lowest ? highest : lowest + 1] as [number, number],
      nice: max === undefined ? TICKS : false,
    },
    axis: {
      orient: side,
      domain: false,
      ticks: false,
      grid: side === 'left',
      labelPadding: 6,
      tickCount: TICKS,
      // A count has no fractions.
      ...(highest <= TICKS && { tickMinStep: 1 }),
      labelExpr: "abs(datum.value) >= 10000 ? format(datum.value, '.2~s') : datum.label",
      title: label === '' ? null : xmlText(label),
      titleAngle: 0,
      titleAlign: side,
      titleAnchor: 'end',
      titleY: -9,
    },
  } as const;
}

/** Draws lines or stacked areas, which end where data is missing. A point without neighbors is drawn as a dot. */
function seriesLayer(
  { stacked }: MetricProperties,
  series: readonly Series[],
  all: readonly Series[],
  width: number,
): Layer {
  const values = series.flatMap(({ label, points }, order) =>
    points.map(({ at, value }, index) => ({
      at: at.getTime(),
      label,
      order,
      value: value ?? null,
      isLonely: isLonely(points, index),
    })),
  );
  const stack = stacked ? 'zero' : null;
  const line = { strokeWidth: 1.6, strokeCap: 'round', strokeJoin: 'round' } as const;
  return {
    data: { values },
    encoding: {
      x: { field: 'at', type: 'temporal' },
      y: { field: 'value', type: 'quantitative', stack },
      order: { field: 'order' },
      color: {
        field: 'label',
        type: 'nominal',
        scale: { domain: all.map(({ label }) => label), range: all.map(({ color }) => color) },
        legend: {
          title: null,
          orient: 'bottom',
          direction: 'horizontal',
          columns: legendColumns(all, width),
          columnPadding: LEGEND_COLUMN_GAP,
          symbolType: 'square',
        },
      },
    },
    layer: [
      stacked
        ? { mark: { type: 'area', fillOpacity: 0.35, line } }
        : { mark: { type: 'line', ...line, invalid: 'break-paths-filter-domains' } },
      {
        transform: [{ filter: 'datum.isLonely' }],
        mark: { type: 'circle', size: 10, opacity: 1 },
      },
    ],
  } as Layer;
}

function isLonely(points: readonly Point[], index: number): boolean {
  const hasValue = (at: number) => points[at]?.value !== undefined;
  return hasValue(index) && !hasValue(index - 1) && !hasValue(index + 1);
}

function legendColumns(series: readonly Series[], width: number): number {
  const widths = series.map(({ label }) => textWidth(label, SIZE.text) + LEGEND_SYMBOL_WIDTH);
  const columnWidth = Math.max(...widths) + LEGEND_COLUMN_GAP;
  return Math.max(1, Math.floor((width + LEGEND_COLUMN_GAP) / columnWidth));
}

const ABOVE_LEFT = { x: 4, align: 'left', baseline: 'bottom', dy: -3 } as const;
const ABOVE_RIGHT = { x: 'width', dx: -4, align: 'right', baseline: 'bottom', dy: -3 } as const;
const BELOW_LEFT = { x: 4, align: 'left', baseline: 'top', dy: 3 } as const;
const BELOW_RIGHT = { x: 'width', dx: -4, align: 'right', baseline: 'top', dy: 3 } as const;

/** Positions of threshold labels, in order of use, so that labels of equal thresholds do not overlap. */
const NEXT_TO = [ABOVE_LEFT, ABOVE_RIGHT, BELOW_LEFT, BELOW_RIGHT] as const;
/** The same where two labels do not fit next to each other. */
const BELOW = [ABOVE_LEFT, BELOW_LEFT] as const;

/** Draws a threshold as a dashed line with its label, which has a halo because lines can run behind it. */
function thresholdLayer(
  { value, label, color }: Annotation,
  { x, ...position }: (typeof NEXT_TO)[number],
): Layer {
  const text = {
    type: 'text',
    text: xmlText(label),
    fontSize: SIZE.axis,
    ...position,
  } as const;
  return {
    data: { values: [{}] },
    encoding: { y: { datum: value } },
    layer: [
      { mark: { type: 'rule', color, strokeDash: [5, 3], strokeWidth: 1.3 } },
      { mark: { ...text, stroke: COLOR.widget, strokeWidth: 3 }, encoding: { x: { value: x } } },
      { mark: { ...text, color }, encoding: { x: { value: x } } },
    ],
  };
}

import { area, line, stack } from 'd3-shape';
import { element, type Svg } from '../picture/svg.ts';
import type { TimeScale, ValueScale } from './axes.ts';
import type { Box } from './box.ts';
import type { Point, Series } from './series.ts';

const LINE_WIDTH = 1.6;
/** A point without neighbours has no line; so small a circle shows it. */
const DOT = 1.8;

/** Pixels have one decimal: finer is not seen, and coarser is. */
const DIGITS = 1;

/** Lines, broken off where there are no data. */
export function drawLine(series: Series, x: TimeScale, y: ValueScale): readonly Svg[] {
  const path = line<Point>()
    .defined(({ value }) => value !== undefined)
    .x(({ at }) => x(at))
    .y(({ value }) => y(value ?? 0))
    .digits(DIGITS);
  const d = path(series.points) ?? '';
  return [
    ...(d === '' ? [] : [element('path', { d, ...strokeOf(series.color) })]),
    ...lonely(series.points).map(({ at, value }) =>
      element('circle', { cx: x(at), cy: y(value ?? 0), r: DOT, fill: series.color }),
    ),
  ];
}

function strokeOf(color: string) {
  return {
    fill: 'none',
    stroke: color,
    'stroke-width': LINE_WIDTH,
    'stroke-linejoin': 'round',
    'stroke-linecap': 'round',
  } as const;
}

function lonely(points: readonly Point[]): readonly Point[] {
  return points.filter(
    ({ value }, index) =>
      value !== undefined &&
      points[index - 1]?.value === undefined &&
      points[index + 1]?.value === undefined,
  );
}

/** Where an area begins and ends at an instant; nowhere when it has no data there. */
interface Layer {
  readonly at: Date;
  readonly low: number;
  readonly high: number;
  readonly isThere: boolean;
}

/** The boxes around the parts of a line, each from one point to the next. */
export function lineBoxes({ points }: Series, x: TimeScale, y: ValueScale): readonly Box[] {
  return points.slice(1).flatMap(({ at, value }, index) => {
    const before = points[index];
    if (before?.value === undefined || value === undefined) return [];
    const [from, to] = [y(before.value), y(value)];
    const width = x(at) - x(before.at);
    return [{ x: x(before.at), y: Math.min(from, to), width, height: Math.abs(from - to) }];
  });
}

/** Areas one upon the other. All have the same instants. */
export function drawStack(all: readonly Series[], x: TimeScale, y: ValueScale): readonly Svg[] {
  const shape = area<Layer>()
    .defined(({ isThere }) => isThere)
    .x(({ at }) => x(at))
    .y0(({ low }) => y(low))
    .y1(({ high }) => y(high))
    .digits(DIGITS);
  return layersOf(all).flatMap((layers, index) => {
    const color = all[index]?.color ?? '';
    return [
      element('path', { d: shape(layers) ?? '', fill: color, 'fill-opacity': 0.35 }),
      element('path', { d: shape.lineY1()(layers) ?? '', ...strokeOf(color) }),
    ];
  });
}

/** The highest values of areas one upon the other. */
export function stackedValues(all: readonly Series[]): readonly number[] {
  return (layersOf(all).at(-1) ?? []).map(({ high }) => high);
}

function layersOf(all: readonly Series[]): readonly (readonly Layer[])[] {
  const instants = all[0]?.points.map(({ at }) => at) ?? [];
  const valueAt = (instant: number, key: number) => all[key]?.points[instant]?.value;
  const stacked = stack<number, number>()
    .keys(all.keys())
    .value((instant, key) => valueAt(instant, key) ?? 0)([...instants.keys()]);
  return stacked.map((layer, key) =>
    instants.map((at, instant) => ({
      at,
      low: layer[instant]?.[0] ?? 0,
      high: layer[instant]?.[1] ?? 0,
      isThere: valueAt(instant, key) !== undefined,
    })),
  );
}

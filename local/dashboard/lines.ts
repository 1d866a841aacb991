import { area, line, stack } from 'd3-shape';
import { element, type Svg } from '../picture/svg.ts';
import type { TimeScale, ValueScale } from './axes.ts';
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

/** Areas one upon the other; where one has no data it has no height. All have the same instants. */
export function drawStack(all: readonly Series[], x: TimeScale, y: ValueScale): readonly Svg[] {
  const layers = stackOf(all);
  return layers.flatMap((layer, index) => {
    const color = all[index]?.color ?? '';
    const shape = area<readonly [number, number, Date]>()
      .x(([, , at]) => x(at))
      .y0(([low]) => y(low))
      .y1(([, high]) => y(high))
      .digits(DIGITS);
    const points = layer.map(
      (ends, at) => [ends[0], ends[1], all[index]?.points[at]?.at ?? new Date(0)] as const,
    );
    return [
      element('path', { d: shape(points) ?? '', fill: color, 'fill-opacity': 0.35 }),
      element('path', { d: shape.lineY1()(points) ?? '', ...strokeOf(color) }),
    ];
  });
}

/** The highest values of areas one upon the other. */
export function stackedValues(all: readonly Series[]): readonly number[] {
  return (stackOf(all).at(-1) ?? []).map(([, high]) => high);
}

function stackOf(all: readonly Series[]) {
  const instants = all[0]?.points.map((_, index) => index) ?? [];
  return stack<number, number>()
    .keys(all.keys())
    .value((instant, key) => all[key]?.points[instant]?.value ?? 0)(instants);
}

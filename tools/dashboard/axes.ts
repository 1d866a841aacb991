import { type ScaleLinear, type ScaleTime, scaleLinear, scaleUtc } from 'd3-scale';
import { element, type Svg } from '../picture/svg.ts';
import type { Box } from './box.ts';
import { formatTick } from './format-value.ts';
import { COLOR, SIZE } from './theme.ts';
import type { Axis } from './widget.ts';

/** Values and where they are. */
export type ValueScale = ScaleLinear<number, number>;
/** Instants and where they are. */
export type TimeScale = ScaleTime<number, number>;

const TICKS = 4;
/** Pixels that a label of the time axis needs. */
const TIME_LABEL = 62;
/** Room for what is at the top. */
const HEADROOM = 1.12;

/** A scale for everything in `values`, from 0 on unless the axis says else, bottom up in `box`. */
export function valueScale(
  values: readonly number[],
  axis: Axis | undefined,
  box: Box,
): ValueScale {
  const lowest = axis?.min ?? Math.min(0, ...values);
  const highest = axis?.max ?? Math.max(...values, 0) * HEADROOM;
  const domain = highest > lowest ? [lowest, highest] : [lowest, lowest + 1];
  const scale = scaleLinear()
    .domain(domain)
    .range([box.y + box.height, box.y]);
  return axis?.max === undefined ? scale.nice(TICKS) : scale;
}

/** A scale for the time that the picture shows, from left to right in `box`. */
export function timeScale(from: Date, to: Date, box: Box): TimeScale {
  return scaleUtc()
    .domain([from, to])
    .range([box.x, box.x + box.width]);
}

/** Horizontal lines with their values, and what is measured on top. */
export function drawValueAxis(
  scale: ValueScale,
  box: Box,
  side: 'left' | 'right',
  label: string | undefined,
): readonly Svg[] {
  const x = side === 'left' ? box.x - 6 : box.x + box.width + 6;
  const anchor = side === 'left' ? 'end' : 'start';
  const text = (y: number, content: string, at: number, textAnchor: string) =>
    element(
      'text',
      { x: at, y, 'font-size': SIZE.axis, fill: COLOR.faint, 'text-anchor': textAnchor },
      [content],
    );
  const ticks = ticksOf(scale).flatMap((tick) => [
    ...(side === 'left' ? [gridLine(scale(tick), box)] : []),
    text(scale(tick) + 3.5, formatTick(tick), x, anchor),
  ]);
  if (label === undefined || label === '') return ticks;
  const edge = side === 'left' ? box.x - axisWidth(scale) : box.x + box.width + axisWidth(scale);
  return [...ticks, text(box.y - 9, label, edge, side === 'left' ? 'start' : 'end')];
}

/** Pixels that the labels of an axis need beside the box. */
export function axisWidth(scale: ValueScale): number {
  const longest = Math.max(...ticksOf(scale).map((tick) => formatTick(tick).length));
  return longest * SIZE.axis * 0.6 + 9;
}

/** What counts things has no half of one. */
function ticksOf(scale: ValueScale): readonly number[] {
  const ticks = scale.ticks(TICKS);
  const [, highest = 0] = scale.domain();
  return highest <= TICKS ? ticks.filter((tick) => Number.isInteger(tick)) : ticks;
}

function gridLine(y: number, { x, width }: Box): Svg {
  return element('line', { x1: x, x2: x + width, y1: y, y2: y, stroke: COLOR.grid });
}

/** The line at the bottom with times, in UTC. */
export function drawTimeAxis(scale: TimeScale, box: Box): readonly Svg[] {
  const bottom = box.y + box.height;
  const ticks = scale.ticks(Math.max(2, Math.floor(box.width / TIME_LABEL)));
  const format = (at: Date) => at.toISOString().slice(11, 16);
  return [
    element('line', {
      x1: box.x,
      x2: box.x + box.width,
      y1: bottom,
      y2: bottom,
      stroke: COLOR.axis,
    }),
    ...ticks.flatMap((tick) => [
      element('line', {
        x1: scale(tick),
        x2: scale(tick),
        y1: bottom,
        y2: bottom + 4,
        stroke: COLOR.axis,
      }),
      element(
        'text',
        {
          x: scale(tick),
          y: bottom + 15,
          'font-size': SIZE.axis,
          fill: COLOR.faint,
          'text-anchor': 'middle',
        },
        [format(tick)],
      ),
    ]),
  ];
}

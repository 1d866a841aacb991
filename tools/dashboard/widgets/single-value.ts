import { element, type Svg } from '../../picture/svg.ts';
import { fitText, textWidth } from '../../picture/text-width.ts';
import { type Box, inset } from '../box.ts';
import { type Series, valuesOf } from '../series.ts';
import { COLOR, SIZE } from '../theme.ts';

const MAX_SIZE = 48;
const SWATCH = 11;
const GAP = 16;

/** Draws the latest value of each row side by side, in large numbers. */
export function drawSingleValue(series: readonly Series[], room: Box): readonly Svg[] {
  const widths = columnWidths(series, room.width);
  const size = numberSize(series, Math.min(...widths));
  let x = room.x;
  return series.flatMap((one, index) => {
    const width = widths[index] ?? 0;
    const cell = inset({ ...room, x, width }, { top: (room.height - size - 24) / 2 });
    x += width + GAP;
    return drawValue(one, cell, size);
  });
}

/** Gives each column the width of its label, and shares the rest. */
function columnWidths(series: readonly Series[], room: number): readonly number[] {
  const needed = series.map(({ label }) => textWidth(label, SIZE.text) + SWATCH + 8);
  const total = needed.reduce((sum, width) => sum + width, 0);
  const left = room - total - GAP * (series.length - 1);
  if (left >= 0) return needed.map((width) => width + left / series.length);
  return needed.map((width) => width * (1 + left / total));
}

/** Uses one size for all numbers, so that none looks more important. */
function numberSize(series: readonly Series[], width: number): number {
  const widest = Math.max(...series.map((one) => textWidth(textOf(one), 1)));
  return Math.min(MAX_SIZE, width / widest);
}

function textOf(series: Series): string {
  const newest = valuesOf(series).at(-1);
  return newest === undefined ? '–' : formatValue(newest);
}

const INTEGER = new Intl.NumberFormat('en-US');
const DECIMAL = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** Formats a count with all digits, and a measurement with three. */
function formatValue(value: number): string {
  return Number.isInteger(value) ? INTEGER.format(value) : DECIMAL.format(value);
}

function drawValue(series: Series, { x, y, width }: Box, size: number): readonly Svg[] {
  const top = y + size + 12;
  const label = fitText(series.label, width - SWATCH - 5, SIZE.text);
  return [
    element('text', { x, y: y + size * 0.8, 'font-size': size, fill: COLOR.title }, [
      textOf(series),
    ]),
    element('rect', {
      x,
      y: top - SWATCH + 1,
      width: SWATCH,
      height: SWATCH,
      rx: 2,
      fill: series.color,
    }),
    element('text', { x: x + SWATCH + 5, y: top, 'font-size': SIZE.text, fill: COLOR.text }, [
      label,
    ]),
  ];
}

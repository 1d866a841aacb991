import { element, type Svg } from '../../picture/svg.ts';
import { fitText, textWidth } from '../../picture/text-width.ts';
import { timeScale, valueScale } from '../axes.ts';
import { type Box, inset } from '../box.ts';
import { formatValue } from '../format-value.ts';
import { drawLine } from '../lines.ts';
import { type Series, valuesOf } from '../series.ts';
import { COLOR, SIZE } from '../theme.ts';
import type { TimeRange } from '../time-range.ts';
import type { MetricProperties } from '../widget.ts';

const LARGEST = 30;
const SMALLEST = 16;
const SPARKLINE_HEIGHT = 26;

/** The newest value of each row, large, beside each other. */
export function drawSingleValue(
  { sparkline }: MetricProperties,
  series: readonly Series[],
  range: TimeRange,
  room: Box,
): readonly Svg[] {
  const width = room.width / series.length;
  const size = numberSize(series, width);
  return series.flatMap((one, index) => {
    const cell = inset({ ...room, x: room.x + index * width, width }, { right: 8 });
    return [
      ...drawValue(one, cell, size),
      ...(sparkline && room.height > 2 * SPARKLINE_HEIGHT + size
        ? drawSparkline(one, range, cell)
        : []),
    ];
  });
}

/** The same for all numbers, so that none looks more important. */
function numberSize(series: readonly Series[], width: number): number {
  const widest = Math.max(...series.map((one) => textWidth(textOf(one), 1)));
  return Math.max(SMALLEST, Math.min(LARGEST, (width - 12) / widest));
}

function textOf(series: Series): string {
  const newest = valuesOf(series).at(-1);
  if (newest === undefined) return '–';
  return `${formatValue(newest)}${series.unit === '' ? '' : ` ${series.unit}`}`;
}

function drawValue(series: Series, cell: Box, size: number): readonly Svg[] {
  const top = cell.y + size;
  return [
    element('text', { x: cell.x, y: top, 'font-size': size, fill: COLOR.title }, [textOf(series)]),
    element('rect', { x: cell.x, y: top + 11, width: 11, height: 11, rx: 2, fill: series.color }),
    element('text', { x: cell.x + 16, y: top + 21, 'font-size': SIZE.text, fill: COLOR.text }, [
      fitText(series.label, cell.width - 18, SIZE.text),
    ]),
  ];
}

function drawSparkline(series: Series, range: TimeRange, cell: Box): readonly Svg[] {
  const box = inset(cell, { top: cell.height - SPARKLINE_HEIGHT });
  const values = valuesOf(series);
  const y = valueScale(values, { min: Math.min(...values), max: Math.max(...values) }, box);
  return drawLine(series, timeScale(range.from, range.to, box), y);
}

import { element, type Svg } from '../picture/svg.ts';
import { fitText, textWidth } from '../picture/text-width.ts';
import type { Box } from './box.ts';
import type { Series } from './series.ts';
import { COLOR, SIZE } from './theme.ts';

const SWATCH = 11;
const GAP = 5;
const BETWEEN = 14;
const ROW_HEIGHT = 17;

interface Entry {
  readonly label: string;
  readonly color: string;
  readonly width: number;
}

/** The labels of lines in rows of a width: how high they are, and how they are drawn. */
export function legend(
  series: readonly Series[],
  width: number,
): { readonly height: number; draw(box: Pick<Box, 'x' | 'y'>): readonly Svg[] } {
  const rows = rowsOf(series, width);
  return {
    height: rows.length * ROW_HEIGHT,
    draw: ({ x, y }) => rows.flatMap((row, index) => drawRow(row, x, y + index * ROW_HEIGHT)),
  };
}

function rowsOf(series: readonly Series[], width: number): readonly (readonly Entry[])[] {
  const rows: Entry[][] = [];
  let room = 0;
  for (const { label, color } of series) {
    const shown = fitText(label, width - SWATCH - GAP, SIZE.text);
    const entry = { label: shown, color, width: SWATCH + GAP + textWidth(shown, SIZE.text) };
    if (rows.length === 0 || entry.width > room) {
      rows.push([]);
      room = width;
    }
    rows.at(-1)?.push(entry);
    room -= entry.width + BETWEEN;
  }
  return rows;
}

function drawRow(row: readonly Entry[], left: number, top: number): readonly Svg[] {
  let x = left;
  return row.flatMap(({ label, color, width }) => {
    const at = x;
    x += width + BETWEEN;
    return [
      element('rect', { x: at, y: top + 2, width: SWATCH, height: SWATCH, rx: 2, fill: color }),
      element(
        'text',
        { x: at + SWATCH + GAP, y: top + 12, 'font-size': SIZE.text, fill: COLOR.text },
        [label],
      ),
    ];
  });
}

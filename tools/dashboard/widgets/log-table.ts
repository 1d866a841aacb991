import { element, type Svg } from '../../picture/svg.ts';
import { textWidth } from '../../picture/text-width.ts';
import { type Box, inset } from '../box.ts';
import { COLOR, MONOSPACED, SIZE } from '../theme.ts';

/** A result of a Logs Insights query: text by field. */
export type LogRow = Readonly<Record<string, string>>;

const ROW_HEIGHT = 22;
const CELL_PADDING = 10;
const CELL_SIZE = SIZE.text - 1.5;
/** Width of a character, relative to the font size. */
const MONOSPACED_WIDTH = 0.61;

/**
 * Returns the columns of a Logs Insights query: those of `display`, or else of `stats`, or else of `fields`.
 *
 * @throws Error for a query with none of them
 */
export function columnsOf(query: string): readonly string[] {
  const commands = query.split('|').map((command) => command.trim());
  for (const name of ['display', 'stats', 'fields']) {
    const found = commands.findLast((command) => command.startsWith(`${name} `));
    if (found !== undefined) return fieldsOf(found.slice(name.length));
  }
  throw new Error(`query "${query}" has no display, stats or fields command`);
}

/** Splits a list of fields: `count(*) as failures by reason, role` has three. */
function fieldsOf(list: string): readonly string[] {
  return list
    .split(/,|\sby\s/)
    .map((field) => field.replace(/^.*\sas\s/s, '').trim())
    .filter((field) => field !== '');
}

/** Draws as many rows as fit, below a header. */
export function drawLogTable(
  columns: readonly string[],
  rows: readonly LogRow[],
  room: Box,
): readonly Svg[] {
  const shown = rows.slice(0, Math.max(0, Math.floor(room.height / ROW_HEIGHT) - 1));
  const widths = columnWidths(columns, shown, room.width);
  const draw = (cells: readonly string[], index: number) =>
    drawRow(cells, widths, inset(room, { top: index * ROW_HEIGHT }), index);
  return [
    ...draw(columns, 0),
    ...shown.flatMap((row, index) =>
      draw(
        columns.map((column) => row[column] ?? ''),
        index + 1,
      ),
    ),
  ];
}

/** Gives each column the width that it needs. When they do not fit, narrows the widest. */
function columnWidths(
  columns: readonly string[],
  rows: readonly LogRow[],
  room: number,
): readonly number[] {
  const needed = columns.map((column) =>
    Math.max(
      textWidth(column, SIZE.axis, true) + CELL_PADDING,
      ...rows.map((row) => monospacedWidth(row[column] ?? '') + CELL_PADDING),
    ),
  );
  const maxWidth = maxColumnWidth(needed, room);
  const widths = needed.map((width) => Math.min(width, maxWidth));
  const left = room - widths.reduce((sum, width) => sum + width, 0);
  return widths.map((width, index) => (index === widths.length - 1 ? width + left : width));
}

/** Returns the maximum column width with which all columns fit. */
function maxColumnWidth(needed: readonly number[], room: number): number {
  let left = room;
  for (const [index, width] of needed.toSorted((a, b) => a - b).entries()) {
    const share = left / (needed.length - index);
    if (width > share) return share;
    left -= width;
  }
  return room;
}

function monospacedWidth(text: string): number {
  return text.length * CELL_SIZE * MONOSPACED_WIDTH;
}

/** Shortens text to a width, with an ellipsis. */
function fitMonospaced(text: string, width: number): string {
  const maxLength = Math.max(1, Math.floor(width / (CELL_SIZE * MONOSPACED_WIDTH)));
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

function drawRow(
  cells: readonly string[],
  widths: readonly number[],
  { x, y, width }: Box,
  index: number,
): readonly Svg[] {
  const isHeader = index === 0;
  let left = x;
  const texts = cells.map((cell, column) => {
    const at = left + CELL_PADDING / 2;
    const cellWidth = widths[column] ?? 0;
    left += cellWidth;
    return element(
      'text',
      {
        x: at,
        y: y + 15,
        'font-size': isHeader ? SIZE.axis : CELL_SIZE,
        'font-family': isHeader ? undefined : MONOSPACED,
        'font-weight': isHeader ? 'bold' : undefined,
        fill: isHeader ? COLOR.faint : COLOR.text,
      },
      [isHeader ? cell : fitMonospaced(cell, cellWidth - CELL_PADDING)],
    );
  });
  const bottom = y + ROW_HEIGHT;
  return [
    ...(index % 2 === 0 && !isHeader
      ? [element('rect', { x, y, width, height: ROW_HEIGHT, fill: COLOR.stripe })]
      : []),
    element('line', { x1: x, x2: x + width, y1: bottom, y2: bottom, stroke: COLOR.grid }),
    ...texts,
  ];
}

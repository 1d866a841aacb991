import { element, type Svg } from '../../picture/svg.ts';
import { textWidth } from '../../picture/text-width.ts';
import { type Box, inset } from '../box.ts';
import { COLOR, MONOSPACED, SIZE } from '../theme.ts';

/** A line of a log as Logs Insights found it: text by field. */
export type LogRow = Readonly<Record<string, string>>;

const ROW_HEIGHT = 22;
const CELL_PADDING = 10;
const CELL_SIZE = SIZE.text - 1.5;
/** Of a character, in parts of the size. */
const MONOSPACED_WIDTH = 0.61;

/**
 * The columns that a query of Logs Insights has: what it displays, else what it counts, else its fields.
 * @throws when it says none of them
 */
export function columnsOf(query: string): readonly string[] {
  const commands = query.split('|').map((command) => command.trim());
  for (const name of ['display', 'stats', 'fields']) {
    const found = commands.findLast((command) => command.startsWith(`${name} `));
    if (found !== undefined) return fieldsOf(found.slice(name.length));
  }
  throw new Error(`query "${query}" has no fields, stats or display, so no columns are known`);
}

/** `count(*) as failures by reason, role` are three. */
function fieldsOf(list: string): readonly string[] {
  return list
    .split(/,|\sby\s/)
    .map((field) => field.replace(/^.*\sas\s/s, '').trim())
    .filter((field) => field !== '');
}

/** The rows under their columns; as many as there is room for. */
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

/** As much as each column needs; where that is too much, the widest get less, as many and as little as it takes. */
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
  const widest = widestColumn(needed, room);
  const widths = needed.map((width) => Math.min(width, widest));
  const left = room - widths.reduce((sum, width) => sum + width, 0);
  return widths.map((width, index) => (index === widths.length - 1 ? width + left : width));
}

/** The width that no column may exceed, so that all of them have room. */
function widestColumn(needed: readonly number[], room: number): number {
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

/** What fits, with an ellipsis. */
function fitMonospaced(text: string, width: number): string {
  const most = Math.max(1, Math.floor(width / (CELL_SIZE * MONOSPACED_WIDTH)));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
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

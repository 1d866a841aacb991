import { element, type Svg } from '../../picture/svg.ts';
import { fitText, textWidth } from '../../picture/text-width.ts';
import { type Box, inset } from '../box.ts';
import { COLOR, MONOSPACED, SIZE } from '../theme.ts';

/** A line of a log as Logs Insights found it: text by field. */
export type LogRow = Readonly<Record<string, string>>;

const ROW_HEIGHT = 22;
const CELL_PADDING = 10;
/** Of monospaced text, which is wider. */
const CELL_WIDTH = 1.1;
const CELL_SIZE = SIZE.text - 1;

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

/** What each column needs, and what is left goes to the last, or is missing there. */
function columnWidths(
  columns: readonly string[],
  rows: readonly LogRow[],
  room: number,
): readonly number[] {
  const needed = columns.map((column) => {
    const texts = [column, ...rows.map((row) => row[column] ?? '')];
    const widest = Math.max(...texts.map((text) => textWidth(text, CELL_SIZE) * CELL_WIDTH));
    return widest + 2 * CELL_PADDING;
  });
  const before = needed.slice(0, -1);
  const left = room - before.reduce((sum, width) => sum + width, 0);
  return [...before, Math.max(left, 2 * CELL_PADDING)];
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
    const at = left + CELL_PADDING;
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
      [fitText(cell, (cellWidth - CELL_PADDING) / CELL_WIDTH, CELL_SIZE)],
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

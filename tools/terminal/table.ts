import { printable } from './printable.ts';

/** Style of text on a terminal. */
export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

/** Text and its style. */
export interface StyledText {
  readonly text: string;
  readonly style: Style;
}

/** A cell of a table. */
export type Cell = string | StyledText;

/** Rows under a header. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const GAP = '  ';
/** Indents the text that is printed below a row. */
const INDENT = '    ';
const MIN_COLUMN_WIDTH = 12;

/**
 * Formats a table as lines of aligned columns. The last column is not padded.
 *
 * @param columns - width of the terminal. A table that is wider prints its last column below each row, and shortens long
 * names in the middle. @default - unlimited: one line a row, nothing is shortened
 */
export function formatTable(
  { header, rows }: Table,
  style: (cell: StyledText) => string,
  columns = Number.POSITIVE_INFINITY,
): readonly string[] {
  const lines = [header.map((text): Cell => ({ text, style: 'bold' })), ...rows];
  const widths = header.map((_, column) =>
    lines.reduce((max, row) => Math.max(max, printable(textOf(row[column] ?? '')).length), 0),
  );
  if (totalWidth(widths) <= columns) return lines.map((row) => formatRow(row, widths, style));
  const narrowed = narrow(widths.slice(0, -1), columns);
  return lines.flatMap((row, index) => {
    const line = formatRow(row.slice(0, -1), narrowed, style);
    return index === 0 ? [line] : [line, ...wrap(row.at(-1) ?? '', columns, style)];
  });
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

/** Narrows the widest columns until the row fits. */
function narrow(widths: readonly number[], columns: number): readonly number[] {
  const widest = Math.max(...widths);
  if (totalWidth(widths) <= columns || widest <= MIN_COLUMN_WIDTH) return widths;
  const index = widths.indexOf(widest);
  return narrow(widths.with(index, widest - 1), columns);
}

/** Shortens text in the middle, because names differ at either end. */
function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}

/** Wraps text at spaces. A word longer than a line stays whole, so that it can be copied. */
function wrap(cell: Cell, columns: number, style: (cell: StyledText) => string): readonly string[] {
  const lines: string[] = [];
  for (const word of printable(textOf(cell)).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${INDENT}${last} ${word}`.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines
    .filter((text) => text !== '')
    .map((text) => INDENT + style({ text, style: typeof cell === 'string' ? 'dim' : cell.style }));
}

function formatRow(
  row: readonly Cell[],
  widths: readonly number[],
  style: (cell: StyledText) => string,
): string {
  return row
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      const text = shorten(printable(textOf(cell)), width);
      const isLast = column === row.length - 1;
      const padding = isLast ? '' : ' '.repeat(width - text.length);
      return (typeof cell === 'string' ? text : style({ ...cell, text })) + padding;
    })
    .join(GAP)
    .trimEnd();
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

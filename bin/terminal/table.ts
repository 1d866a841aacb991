import { printable } from './printable.ts';
import type { Styled } from './styled.ts';

/** A cell of a table. */
export type Cell = string | Styled;

/** Rows under a header. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const GAP = '  ';
/** What stands below a row is set in by this. */
const INDENT = '    ';

/**
 * The lines of a table in aligned columns; the last column is as long as its text.
 *
 * @param columns - the width of a terminal: what the last column says goes below each row where it does not fit beside it,
 * and long names are cut in their middle. Without one, a row is a line, and nothing is cut.
 */
export function formatTable(
  { header, rows }: Table,
  style: (cell: Styled) => string,
  columns = Number.POSITIVE_INFINITY,
): readonly string[] {
  const lines = [header.map((text): Cell => ({ text, style: 'bold' })), ...rows];
  const widths = header.map((_, column) =>
    lines.reduce((most, row) => Math.max(most, printable(textOf(row[column] ?? '')).length), 0),
  );
  if (widthOf(widths) <= columns) return lines.map((row) => formatRow(row, widths, style));
  const narrowed = narrow(widths.slice(0, -1), columns);
  return lines.flatMap((row, line) => {
    const beside = formatRow(row.slice(0, -1), narrowed, style);
    return line === 0 ? [beside] : [beside, ...wrapped(row.at(-1) ?? '', columns, style)];
  });
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
}

/** A column is not made narrower than this. */
const NARROWEST = 12;

/** Takes from the widest columns what a terminal has no room for. */
function narrow(widths: readonly number[], columns: number): readonly number[] {
  const widest = Math.max(...widths);
  if (widthOf(widths) <= columns || widest <= NARROWEST) return widths;
  const index = widths.indexOf(widest);
  return narrow(widths.with(index, widest - 1), columns);
}

/** The text, with its middle left out where it is too long: names differ at either end. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}

/** The text in lines of whole words; a word that is longer than a line stays whole, so that it can be copied. */
function wrapped(cell: Cell, columns: number, style: (cell: Styled) => string): readonly string[] {
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
  style: (cell: Styled) => string,
): string {
  return row
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      const text = cut(printable(textOf(cell)), width);
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

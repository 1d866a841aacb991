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

/** The lines of a table in aligned columns; the last column is as long as its text. */
export function formatTable(
  { header, rows }: Table,
  style: (cell: Styled) => string,
): readonly string[] {
  const lines = [header.map((text): Cell => ({ text, style: 'bold' })), ...rows];
  const widths = header.map((_, column) =>
    Math.max(...lines.map((row) => printable(textOf(row[column] ?? '')).length)),
  );
  return lines.map((row) => formatRow(row, widths, style));
}

function formatRow(
  row: readonly Cell[],
  widths: readonly number[],
  style: (cell: Styled) => string,
): string {
  return row
    .map((cell, column) => {
      const text = printable(textOf(cell));
      const isLast = column === row.length - 1;
      const padding = isLast ? '' : ' '.repeat((widths[column] ?? 0) - text.length);
      return (typeof cell === 'string' ? text : style({ ...cell, text })) + padding;
    })
    .join(GAP)
    .trimEnd();
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

import type { Style } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import type { CheckResult, Status } from './check.ts';

/** Word and style of each status. */
export const SHOWN: Readonly<Record<Status, { readonly word: string; readonly style: Style }>> = {
  ok: { word: 'ok', style: 'green' },
  warning: { word: 'warning', style: 'yellow' },
  failed: { word: 'FAILED', style: 'red' },
  'not-checked': { word: 'not checked', style: 'dim' },
};

/** Fixed column widths, because results are printed one by one. */
const WIDTHS = { word: 13, title: 22 } as const;

const INDENT = ' '.repeat(WIDTHS.word + WIDTHS.title);

/** Prints a result in one line, and below it the details and the remedy. */
export function printResult(
  terminal: Pick<Terminal, 'line'>,
  { status, title, says, details = [], remedy }: CheckResult,
): void {
  const { word, style } = SHOWN[status];
  const line = `${word.padEnd(WIDTHS.word)}${title.padEnd(WIDTHS.title)}${says}`;
  terminal.line(status === 'ok' ? line : { text: line, style });
  for (const detail of details) terminal.line(`${INDENT}- ${detail}`);
  if (remedy !== undefined) terminal.line(`${INDENT}-> ${remedy}`);
}

/** Prints the counts, and the result to fix first. */
export function printSummary(
  terminal: Pick<Terminal, 'line'>,
  summary: string,
  first: CheckResult | undefined,
): void {
  terminal.line();
  terminal.line(summary);
  if (first === undefined) return;
  const text = `Start with "${first.title}": ${first.remedy ?? first.says}`;
  terminal.line({ text, style: 'bold' });
}

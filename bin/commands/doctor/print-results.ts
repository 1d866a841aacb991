import type { Style } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import { type CheckResult, STATUS_WORDS, type Status } from './check.ts';
import type { Diagnosis } from './diagnosis.ts';

const STYLES: Readonly<Record<Status, Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  'not-checked': 'dim',
};

/** Column widths, so that all remedies have the same indent. */
const WIDTHS = { word: 13, title: 22 } as const;

const INDENT = ' '.repeat(WIDTHS.word + WIDTHS.title);

/** Prints a result in one line, and below it the details and the remedy. */
function printResult(
  terminal: Pick<Terminal, 'line'>,
  { status, title, says, details = [], remedy }: CheckResult,
): void {
  const line = `${STATUS_WORDS[status].padEnd(WIDTHS.word)}${title.padEnd(WIDTHS.title)}${says}`;
  terminal.line(status === 'ok' ? line : { text: line, style: STYLES[status] });
  for (const detail of details) terminal.line(`${INDENT}- ${detail}`);
  if (remedy !== undefined) terminal.line(`${INDENT}-> ${remedy}`);
}

/** Prints the result to fix first, then all results, causes before consequences, and their number. */
export function printDiagnosis(
  terminal: Pick<Terminal, 'line'>,
  results: readonly CheckResult[],
  { first, summary }: Pick<Diagnosis, 'first' | 'summary'>,
): void {
  if (first !== undefined) {
    const text = `Start with "${first.title}": ${first.remedy ?? first.says}`;
    terminal.line({ text, style: 'bold' });
    terminal.line();
  }
  for (const result of results) printResult(terminal, result);
  terminal.line();
  terminal.line(summary);
}

import type { Style } from '../../../tools/terminal/table.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import type { CheckResult } from './check.ts';
import type { Status } from './finding.ts';

/** How each status is called, and how it stands out. */
export const SHOWN: Readonly<Record<Status, { readonly word: string; readonly style: Style }>> = {
  ok: { word: 'ok', style: 'green' },
  warning: { word: 'warning', style: 'yellow' },
  failed: { word: 'FAILED', style: 'red' },
  'not-checked': { word: 'not checked', style: 'dim' },
};

/** Wide enough for the words, and for the titles. They stand below each other while the results come in one by one. */
const WIDTHS = { word: 13, title: 22 } as const;

const INDENT = ' '.repeat(WIDTHS.word + WIDTHS.title);

/** Shows a result: a line, and below it what it consists of and what to do. */
export function showResult(
  terminal: Pick<Terminal, 'line'>,
  { status, title, says, details = [], remedy }: CheckResult,
): void {
  const { word, style } = SHOWN[status];
  const line = `${word.padEnd(WIDTHS.word)}${title.padEnd(WIDTHS.title)}${says}`;
  terminal.line(status === 'ok' ? line : { text: line, style });
  for (const detail of details) terminal.line(`${INDENT}- ${detail}`);
  if (remedy !== undefined) terminal.line(`${INDENT}-> ${remedy}`);
}

/** Says how many checks ended how, and where to begin. */
export function showSummary(
  terminal: Pick<Terminal, 'line'>,
  summary: string,
  first: CheckResult | undefined,
): void {
  terminal.line();
  terminal.line(summary);
  if (first === undefined) return;
  const text = `Begin with "${first.title}": ${first.remedy ?? first.says}`;
  terminal.line({ text, style: 'bold' });
}

import type { Screen } from '../../terminal/screen.ts';
import type { Style } from '../../terminal/styled.ts';
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
  screen: Pick<Screen, 'line'>,
  { status, title, says, details = [], remedy }: CheckResult,
): void {
  const { word, style } = SHOWN[status];
  const line = `${word.padEnd(WIDTHS.word)}${title.padEnd(WIDTHS.title)}${says}`;
  screen.line(status === 'ok' ? line : { text: line, style });
  for (const detail of details) screen.line(`${INDENT}- ${detail}`);
  if (remedy !== undefined) screen.line(`${INDENT}-> ${remedy}`);
}

/** Says how many checks ended how, and where to begin. */
export function showSummary(
  screen: Pick<Screen, 'line'>,
  summary: string,
  first: CheckResult | undefined,
): void {
  screen.line();
  screen.line(summary);
  if (first === undefined) return;
  const text = `Begin with "${first.title}": ${first.remedy ?? first.says}`;
  screen.line({ text, style: 'bold' });
}

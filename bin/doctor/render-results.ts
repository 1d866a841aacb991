import type { Screen } from '../screen/screen.ts';
import type { Style } from '../screen/styled.ts';
import type { CheckResult } from './check.ts';
import type { Status } from './finding.ts';

const SHOWN: Readonly<Record<Status, { readonly word: string; readonly style: Style }>> = {
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
export function showSummary(screen: Pick<Screen, 'line'>, results: readonly CheckResult[]): void {
  const first = results.find(({ status }) => status === 'failed');
  screen.line();
  screen.line(summaryOf(results));
  if (first !== undefined) {
    screen.line({
      text: `Begin with "${first.title}": ${first.remedy ?? first.says}`,
      style: 'bold',
    });
  }
}

/** E.g. `22 checks: 20 ok, 2 not checked`. */
export function summaryOf(results: readonly CheckResult[]): string {
  const counts = Object.entries(SHOWN).flatMap(([status, { word }]) => {
    const count = results.filter((result) => result.status === status).length;
    return count === 0 ? [] : [`${count} ${word.toLowerCase()}`];
  });
  return `${results.length} checks: ${counts.join(', ')}`;
}

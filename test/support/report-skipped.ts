import { styleText } from 'node:util';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Skipped tests that have one reason. */
interface SkippedGroup {
  readonly what: string;
  readonly remedy: string;
  readonly count: number;
}

/** Reports at the end of a run what was skipped, how many tests that are, and how to run them. */
// vitest loads a reporter that is named by its path by its default export.
export default class SkippedTestsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = renderSkipped(groupSkipped(modules));
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n\n`);
  }
}

/** Groups skipped tests by reason, the most first. Tests that a name filter left out have no reason, and are not counted. */
function groupSkipped(modules: readonly Pick<TestModule, 'children'>[]): SkippedGroup[] {
  const groups = new Map<string, SkippedGroup>();
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const missing = reasonOf(test);
      if (missing === undefined) continue;
      const count = (groups.get(missing.what)?.count ?? 0) + 1;
      groups.set(missing.what, { ...missing, count });
    }
  }
  return [...groups.values()].toSorted((one, other) => other.count - one.count);
}

/** The reason of the outermost skipped suite around the test, or of the test itself. */
function reasonOf(test: TestCase) {
  let reason = test.meta().missing;
  for (let suite = test.parent; suite.type === 'suite'; suite = suite.parent) {
    reason = suite.meta().missing ?? reason;
  }
  return reason;
}

/** Renders the block, colored on a terminal only. */
export function renderSkipped(groups: readonly SkippedGroup[]): readonly string[] {
  if (groups.length === 0) return [];
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const title = `Skipped ${tests(total)}, because this machine lacks:`;
  return [
    style('yellow', title),
    ...groups.flatMap(({ what, remedy, count }) => [
      `  ${style('bold', what)} (${tests(count)})`,
      style('dim', `    ${remedy}`),
    ]),
  ];
}

function tests(count: number): string {
  return count === 1 ? '1 test' : `${count} tests`;
}

function style(format: 'yellow' | 'bold' | 'dim', text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

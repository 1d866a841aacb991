import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StoredSecret } from '../../../support/builders/fake-cluster.ts';
import { CELLS, type Cell, describeCell } from './cells.ts';
import { EXPIRY_MINUTES, playCell, type Story } from './play-cell.ts';
import { ownershipTable } from './render-table.ts';
import { expectedOf, isNeeded, RULES, type Rule, ruleOf } from './rules.ts';

const stories = new Map<Cell, Story>();

beforeAll(async () => {
  for (const cell of CELLS) stories.set(cell, await playCell(cell));
});

/** Returns a description of what differs from the rule in each cell; an empty list if nothing does. */
function differences(check: (cell: Cell, story: Story, rule: Rule) => unknown) {
  return [...stories].flatMap(([cell, story]) => {
    const different = check(cell, story, ruleOf(cell));
    return different === undefined ? [] : [{ cell: describeCell(cell), different }];
  });
}

/** A pass reports that a Secret is being deleted until its renewal fails. */
function latest(warnings: readonly string[]): readonly string[] {
  return warnings.length > 1 ? warnings.filter((one) => one !== 'SecretTerminating') : warnings;
}

/** Returns what became of the Secret: the result of a rule, or two if both are true. */
function resultOf({ before, after, validRole }: Story): string {
  if (after === undefined) return before === undefined ? 'none' : 'removed';
  const hasOwner = after.owners.some(({ uid }) => /^uid-of-(?:aws-iam-)?foo$/.test(uid));
  if (validRole === 'foo' && !hasOwner) return 'for pods';
  if (validRole === 'bar' && hasOwner && after.labels['type'] === 'awsiamrole') {
    return 'for the AWSIAMRole';
  }
  const isUntouched = contentOf(after) === contentOf(before ?? after);
  return `${isUntouched ? 'left alone' : ''} ${after.deletion === undefined ? '' : 'kept'}`;
}

function contentOf({ labels, owners, deletion, data }: StoredSecret): string {
  return JSON.stringify({ labels, owners, deletion, data });
}

describe('the table of ownership', () => {
  it('has a cell for each combination', () => {
    expect(CELLS.length).toBeGreaterThan(2_000);
    expect(new Set(CELLS.map(describeCell)).size).toBe(CELLS.length);
  });

  it('needs each of its rules', () => {
    const used = new Set(CELLS.map(ruleOf));
    expect(RULES.filter((rule) => !used.has(rule))).toEqual([]);
  });

  it('decides what becomes of the Secret', () => {
    expect(
      differences((_, story, { result }) => {
        const actual = resultOf(story);
        return actual.includes(result) || (result === 'left alone' && actual.includes('none'))
          ? undefined
          : actual;
      }),
    ).toEqual([]);
  });

  it('decides what the pod and the AWSIAMRole show', () => {
    expect(
      differences((cell, story) => {
        const { podWarnings, resourceWarnings, ready } = expectedOf(cell);
        const expected = JSON.stringify({ podWarnings, resourceWarnings, ready });
        const actual = JSON.stringify({
          podWarnings: latest(story.podWarnings),
          resourceWarnings: latest(story.resourceWarnings),
          ready: story.ready === undefined ? '' : `${story.ready.reason} ${story.ready.status}`,
        });
        return actual === expected ? undefined : { actual, expected };
      }),
    ).toEqual([]);
  });

  it('decides which alarm fires', () => {
    expect(
      differences((cell, { alarms }) => {
        const { alarm } = expectedOf(cell);
        const isRight = alarm === undefined ? alarms.length === 0 : alarms.includes(alarm);
        return isRight ? undefined : { expected: alarm, alarms };
      }),
    ).toEqual([]);
  });

  it('decides which reason the log has', () => {
    expect(
      differences((_, { logged }, { report }) => {
        const isLogged = report?.reason === undefined || logged.includes(report.reason);
        return isLogged ? undefined : logged;
      }),
    ).toEqual([]);
  });

  it('is what explain reports', () => {
    expect(
      differences((cell, { explained }) => {
        const expected = expectedOf(cell).explained;
        if (explained === undefined || explained.outcome === expected) return undefined;
        return { expected, ...explained };
      }),
    ).toEqual([]);
  });

  it('never does nothing, silently, although somebody needs credentials', () => {
    expect(
      differences((cell, { validRole, warnedAfter, alarms }) => {
        if (!isNeeded(cell) || validRole !== undefined) return undefined;
        const isWarned = warnedAfter !== undefined && warnedAfter < EXPIRY_MINUTES;
        return isWarned && alarms.length > 0 ? undefined : { warnedAfter, alarms };
      }),
    ).toEqual([]);
  });

  it('removes a Secret once', () => {
    expect(
      differences((_, { removals }, { result }) => {
        const max = result === 'removed' || result === 'kept' ? 1 : 0;
        return removals <= max ? undefined : removals;
      }),
    ).toEqual([]);
  });

  it('is the one in docs/ownership.md', async () => {
    const documented = await readFile('docs/ownership.md', 'utf8');
    expect(documented.slice(documented.indexOf('| Secret |'))).toContain(ownershipTable());
  });
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BUDGET } from '../../../contract/budgets.ts';

const LIMITS = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8');

it('docs/limits.md lists every budget once, with its number', () => {
  const rows = [...LIMITS.matchAll(/^\| `(\w+)` \| (\d+) \| .+ \| .+ \| .+ \|$/gm)];
  const listed = rows.map(([, name, number]) => [name, Number(number)]);
  expect(listed.toSorted()).toEqual(Object.entries(BUDGET).toSorted());
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FAULT_ROWS } from './rows/rows.ts';

const RELIABILITY = join(import.meta.dirname, '../../docs/reliability.md');

it('docs/reliability.md has the faults that are tested, with how they come about and what is promised', () => {
  const rows = readFileSync(RELIABILITY, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(' | ').slice(0, 3).join(' | '));
  const tested = FAULT_ROWS.map(({ fault, how, promise }) => `| ${fault} | ${how} | ${promise}`);
  expect(rows.filter((row) => tested.includes(row))).toEqual(tested);
});

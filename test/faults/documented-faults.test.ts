import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FAULT_ROWS } from './rows/all-rows.ts';

const RELIABILITY = join(import.meta.dirname, '../../docs/reliability.md');

it('docs/reliability.md lists the tested faults, with their injection and guarantee', () => {
  const rows = readFileSync(RELIABILITY, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(' | ').slice(0, 3).join(' | '));
  const tested = FAULT_ROWS.map(
    ({ name, injection, guarantee }) => `| ${name} | ${injection} | ${guarantee}`,
  );
  expect(rows.filter((row) => tested.includes(row))).toEqual(tested);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ACCEPTED_FINDINGS } from '../outside/scanners/accepted-findings.ts';

const SECURITY = join(import.meta.dirname, '../../docs/security.md');
const HEADER = ['| finding | why, or what changes it | rules |', '| --- | --- | --- |'];

/** The table of accepted findings, with the cells of docs/security.md. */
function scannersTable(): string {
  const rows = ACCEPTED_FINDINGS.map(({ title, reason, rules }) => {
    const ids = Object.values(rules).flatMap((resourcesOfRule) => Object.keys(resourcesOfRule));
    return `| ${title} | ${reason}. | ${ids.map((id) => `\`${id}\``).join(', ')} |`;
  });
  return [...HEADER, ...rows].join('\n');
}

it('docs/security.md has a row for everything that scanners find and that is accepted', () => {
  const lines = readFileSync(SECURITY, 'utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith('| finding |'));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  expect(lines.slice(start, end).join('\n')).toBe(scannersTable());
});

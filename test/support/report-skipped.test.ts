import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderSkipped } from './report-skipped.ts';

describe('the report of skipped tests', () => {
  it('names each reason with its number of tests and the remedy', () => {
    const lines = renderSkipped([
      { what: 'a Kubernetes control plane', remedy: 'npm run cluster:build', count: 275 },
      { what: 'cfn-lint', remedy: 'pip install cfn-lint', count: 1 },
    ]);
    expect(lines.map(stripVTControlCharacters)).toEqual([
      'Skipped 276 tests, because this machine lacks:',
      '  a Kubernetes control plane (275 tests)',
      '    npm run cluster:build',
      '  cfn-lint (1 test)',
      '    pip install cfn-lint',
    ]);
  });

  it('is empty when nothing was skipped', () => {
    expect(renderSkipped([])).toEqual([]);
  });
});

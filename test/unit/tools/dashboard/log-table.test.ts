import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../../tools/dashboard/widgets/log-table.ts';

describe('columnsOf', () => {
  it.each([
    ['fields a, @b\n| filter a = 1 | limit 20', ['a', '@b']],
    ["SOURCE 'x' | fields a, b | display b", ['b']],
    ['filter x | stats count(*) as failures by reason, role', ['failures', 'reason', 'role']],
  ])('%s', (query, columns) => {
    expect(columnsOf(query)).toEqual(columns);
  });

  it('rejects a query without columns', () => {
    expect(() => columnsOf('filter a = 1')).toThrow('has no display, stats or fields command');
  });
});

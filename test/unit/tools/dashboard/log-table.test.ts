import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../../tools/dashboard/widgets/log-table.ts';

describe('the columns of a Logs Insights query', () => {
  it.each([
    ['fields a, @b\n| filter a = 1 | limit 20', ['a', '@b']],
    ["SOURCE 'x' | fields a, b | display b", ['b']],
    ['filter x | stats count(*) as failures by reason, role', ['failures', 'reason', 'role']],
  ])('%s', (query, columns) => {
    expect(columnsOf(query)).toEqual(columns);
  });

  it('have to be said', () => {
    expect(() => columnsOf('filter a = 1')).toThrow('no columns are known');
  });
});

import { describe, expect, it } from 'vitest';
import { readRows } from '../../../../tools/dashboard/metric-rows.ts';
import { readWidgets } from '../../../../tools/dashboard/widget.ts';

function rowsOf(...metrics: readonly unknown[]) {
  const properties = { region: 'eu-central-1', metrics };
  const [widget] = readWidgets([{ type: 'metric', x: 0, y: 0, width: 6, height: 6, properties }]);
  return widget?.type === 'metric' ? readRows(widget.properties) : [];
}

describe('readRows', () => {
  it('reads namespace, name and dimensions, with the defaults of CloudWatch', () => {
    expect(rowsOf(['N', 'Calls', 'Cluster', 'prod', 'service', 'refresh'])).toMatchObject([
      {
        kind: 'metric',
        namespace: 'N',
        name: 'Calls',
        dimensions: { Cluster: 'prod', service: 'refresh' },
        stat: 'Average',
        periodSeconds: 300,
        visible: true,
        yAxis: 'left',
      },
    ]);
  });

  it('reads options', () => {
    const options = { stat: 'p99', period: 60, yAxis: 'right', visible: false, label: 'slow' };
    expect(rowsOf(['N', 'Calls', options])).toMatchObject([
      { stat: 'p99', periodSeconds: 60, yAxis: 'right', visible: false, label: 'slow' },
    ]);
  });

  it('expands a dot, also below an expression', () => {
    const rows = rowsOf(
      ['N', 'Calls', 'Cluster', 'prod', { id: 'm1' }],
      [{ expression: 'm1 * 2', period: 60 }],
      ['.', 'Errors', '.', '.'],
    );
    expect(rows[1]).toMatchObject({ kind: 'expression', expression: 'm1 * 2', periodSeconds: 60 });
    expect(rows[2]).toMatchObject({
      namespace: 'N',
      name: 'Errors',
      dimensions: { Cluster: 'prod' },
    });
  });

  it('expands three dots', () => {
    const rows = rowsOf(['N', 'Calls', 'Cluster', 'prod', 'service', 'refresh'], ['...', 'sweep']);
    expect(rows[1]).toMatchObject({
      name: 'Calls',
      dimensions: { Cluster: 'prod', service: 'sweep' },
    });
  });

  it('rejects options that the picture does not support', () => {
    expect(() => rowsOf(['N', 'Calls', { accountId: '123456789012' }])).toThrow('accountId');
  });
});

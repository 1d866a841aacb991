import { describe, expect, it } from 'vitest';
import { createMetricStore } from '../../../../local/aws/cloudwatch/metric-store.ts';
import { drawDashboard } from '../../../../tools/dashboard/picture.ts';
import { readWidgets } from '../../../../tools/dashboard/widget.ts';

const HOSTILE = '</text><script>alert("1")</script>\u0000\u001b[31m&';
const ESCAPED = '&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;[31m&amp;';
const FROM = new Date('2026-11-24T12:00:00Z');
const TO = new Date('2026-11-24T13:00:00Z');
const METRIC = { namespace: 'N', name: 'Calls', dimensions: {} };

/** A widget of the full width. */
const widgetOf = (type: string, properties: object) => ({
  type,
  x: 0,
  y: 0,
  width: 24,
  height: 6,
  properties,
});

const graphOf = (properties: object) =>
  widgetOf('metric', { region: 'eu-central-1', title: 'graph', ...properties });

/** Draws widgets with the values of `Calls`, one per minute. */
function draw(
  widgets: readonly object[],
  values: readonly (number | undefined)[] = [],
): Promise<string> {
  let now = FROM;
  const store = createMetricStore({ now: () => now });
  for (const [index, value] of values.entries()) {
    now = new Date(FROM.getTime() + index * 60_000);
    if (value !== undefined) store.put(METRIC, [value]);
  }
  return drawDashboard({
    name: HOSTILE,
    widgets: readWidgets(widgets),
    range: { from: FROM, to: TO },
    store,
    alarmOf: () => ({ name: HOSTILE, severity: HOSTILE, state: 'ALARM' }),
    logRowsOf: (_title, columns) => [Object.fromEntries(columns.map((one) => [one, HOSTILE]))],
  });
}

const CALLS = ['N', 'Calls', { stat: 'Sum', period: 60 }];

describe('drawDashboard', () => {
  it.each([
    ['a graph', graphOf({ title: HOSTILE, metrics: [['N', 'Calls', { label: HOSTILE }]] })],
    [
      'a threshold',
      graphOf({ metrics: [], annotations: { horizontal: [{ value: 1, label: HOSTILE }] } }),
    ],
    ['a number', graphOf({ view: 'singleValue', metrics: [['N', 'Calls', { label: HOSTILE }]] })],
    ['alarms', widgetOf('alarm', { title: HOSTILE, alarms: ['arn'] })],
    ['text', widgetOf('text', { markdown: `# ${HOSTILE}\n\n**${HOSTILE}** \`${HOSTILE}\`` })],
    [
      'a table',
      widgetOf('log', { title: HOSTILE, region: 'r', view: 'table', query: `fields ${HOSTILE}` }),
    ],
  ])('escapes hostile text of %s', async (_what, widget) => {
    const picture = await draw([widget], [1, 2]);
    expect(picture).toContain(ESCAPED);
    expect(picture).not.toContain('<script');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: asserts that there are none
    expect(picture).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('breaks a line where data is missing', async () => {
    const picture = await draw([graphOf({ metrics: [CALLS] })], [1, 2, undefined, 3, 4]);
    const [, path = ''] = /mark-line[^>]*>\s*<path d="([^"]+)"/.exec(picture) ?? [];
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it('draws an expression over other rows, but not the hidden rows', async () => {
    const metrics = [
      ['N', 'Calls', { id: 'm1', visible: false, stat: 'Sum', period: 60, label: 'hidden' }],
      [{ expression: 'm1 * 2', label: 'twice', period: 60 }],
    ];
    const picture = await draw([graphOf({ view: 'singleValue', metrics })], [20, 21]);
    expect(picture).toContain('>42</text>');
    expect(picture).not.toContain('hidden');
  });

  it('omits a row without data from the legend', async () => {
    const metrics = [CALLS, ['N', 'Other', { label: 'other' }]];
    const picture = await draw([graphOf({ metrics })], [1]);
    expect(picture).toContain('>Calls</text>');
    expect(picture).not.toContain('>other</text>');
  });

  it('draws the labels of equal thresholds at different positions', async () => {
    const horizontal = [
      { value: 1, label: 'one' },
      { value: 1, label: 'another' },
    ];
    const picture = await draw([graphOf({ metrics: [], annotations: { horizontal } })]);
    const positionOf = (label: string) =>
      new RegExp(`<text[^>]* transform="([^"]+)"[^>]*>${label}<`).exec(picture)?.[1];
    expect(positionOf('one')).toBeDefined();
    expect(positionOf('one')).not.toEqual(positionOf('another'));
  });

  it('rejects a widget or property that it does not support, by name', () => {
    expect(() => draw([widgetOf('explorer', {})])).toThrow('[0].type');
    expect(() => draw([graphOf({ metrics: [], view: 'gauge' })])).toThrow('view');
    expect(() => draw([graphOf({ metrics: [], sparkline: true })])).toThrow('sparkline');
  });
});

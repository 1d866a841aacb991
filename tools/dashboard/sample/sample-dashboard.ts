import { type Assembly, resourcesOf } from '../../../local/assembly/assembly.ts';
import type { MetricIdentity } from '../../../local/assembly/resources/metric-query.ts';
import { type EmbeddedAlarms, createEmbeddedAlarms } from '../../../local/aws/cloudwatch/embedded-alarms.ts';
import { readRows } from '../metric-rows.ts';
import { drawDashboard } from '../picture.ts';
import { SAMPLE_MINUTES, SAMPLE_RANGE } from './afternoon.ts';
import { LOG_SAMPLES } from './log-samples.ts';
import { createSampleStore } from './sample-store.ts';
import { readWidgets, type Widget } from '../widget.ts';
import type { AlarmTile } from '../widgets/alarm-status.ts';
import type { LogRow } from '../widgets/log-table.ts';

/**
 * The dashboard of an assembly with one cluster, as it would look after the sample afternoon: its alarms are in the states
 * that the sample values put them into.
 * @throws naming what has no sample data, and sample data that nothing shows
 */
export async function drawSampleDashboard(assembly: Assembly): Promise<string> {
  const [dashboard, ...more] = resourcesOf(assembly, 'dashboard');
  if (dashboard === undefined || more.length > 0) {
    throw new Error('the assembly has not exactly one dashboard');
  }
  const widgets = readWidgets(dashboard.widgets);
  checkLogSamples(widgets);
  const store = createSampleStore([...metricsOfWidgets(widgets), ...metricsOfAlarms(assembly)]);
  const alarms = createEmbeddedAlarms(assembly, store);
  for (const minute of [...SAMPLE_MINUTES.slice(1), SAMPLE_RANGE.to]) alarms.evaluate(minute);
  const names = alarmNames(assembly);
  return drawDashboard({
    name: dashboard.name,
    widgets,
    range: SAMPLE_RANGE,
    store,
    alarmOf: (arn) => tileOf(arn, names, alarms),
    logRowsOf,
  });
}

function metricsOfWidgets(widgets: readonly Widget[]): readonly MetricIdentity[] {
  return widgets
    .flatMap((widget) => (widget.type === 'metric' ? readRows(widget.properties) : []))
    .filter((row) => row.kind === 'metric');
}

function metricsOfAlarms(assembly: Assembly): readonly MetricIdentity[] {
  return resourcesOf(assembly, 'metric-alarm')
    .flatMap(({ queries }) => queries)
    .flatMap((query) => (query.kind === 'metric' ? [query.metric] : []));
}

function alarmNames(assembly: Assembly): ReadonlyMap<string, string> {
  const alarms = [
    ...resourcesOf(assembly, 'metric-alarm'),
    ...resourcesOf(assembly, 'composite-alarm'),
  ];
  return new Map(alarms.map(({ arn, name }) => [arn, name]));
}

/** What an alarm's name ends in, as infra/names.ts has it: who it is for, and what is wrong. */
const NAME = /-(?<severity>page|ticket)-(?<id>.+)$/;

function tileOf(arn: string, names: ReadonlyMap<string, string>, alarms: EmbeddedAlarms): AlarmTile {
  const name = names.get(arn);
  if (name === undefined) throw new Error(`the dashboard shows ${arn}, which is no alarm`);
  const { severity = '', id = name } = NAME.exec(name)?.groups ?? {};
  return { name: id, severity, state: alarms.stateOf(arn) };
}

/** @throws when there is no sample, or none of a column */
function logRowsOf(title: string, columns: readonly string[]): readonly LogRow[] {
  const rows = LOG_SAMPLES[title];
  const missing = rows && columns.find((column) => rows.some((row) => row[column] === undefined));
  if (rows !== undefined && missing === undefined) return rows;
  throw new Error(
    `log widget "${title}" has no sample rows${missing ? ` with ${missing}` : ''}: add them to tools/dashboard/sample-logs.ts`,
  );
}

function checkLogSamples(widgets: readonly Widget[]): void {
  const shown = widgets.map((widget) => (widget.type === 'log' ? widget.properties.title : ''));
  const unused = Object.keys(LOG_SAMPLES).find((title) => !shown.includes(title));
  if (unused === undefined) return;
  throw new Error(
    `no log widget is called "${unused}": remove it from tools/dashboard/sample-logs.ts`,
  );
}

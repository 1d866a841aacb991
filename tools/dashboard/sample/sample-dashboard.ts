import { type Assembly, resourcesOf } from '../../../local/assembly/assembly.ts';
import type { MetricIdentity } from '../../../local/assembly/resources/metric-query.ts';
import {
  createEmbeddedAlarms,
  type EmbeddedAlarms,
} from '../../../local/aws/cloudwatch/embedded-alarms.ts';
import { readRows } from '../metric-rows.ts';
import { drawDashboard } from '../picture.ts';
import { readWidgets, type Widget } from '../widget.ts';
import type { AlarmTile } from '../widgets/alarm-status.ts';
import type { LogRow } from '../widgets/log-table.ts';
import { SAMPLE_MINUTES, SAMPLE_RANGE } from './afternoon.ts';
import { LOG_SAMPLES } from './log-samples.ts';
import { createSampleStore } from './sample-store.ts';

/**
 * Draws the dashboard of an assembly with one cluster at the end of the sample afternoon. Its alarms are evaluated from
 * the sample values.
 *
 * @throws Error for a widget without sample data, and for unused sample data
 */
export async function drawSampleDashboard(assembly: Assembly): Promise<string> {
  const [dashboard, ...more] = resourcesOf(assembly, 'dashboard');
  if (dashboard === undefined || more.length > 0) {
    throw new Error('the assembly must have exactly one dashboard');
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

/** Matches the end of an alarm's name: `-<severity>-<id>`. */
const NAME = /-(?<severity>page|ticket)-(?<id>.+)$/;

function tileOf(
  arn: string,
  names: ReadonlyMap<string, string>,
  alarms: EmbeddedAlarms,
): AlarmTile {
  const name = names.get(arn);
  if (name === undefined) throw new Error(`the dashboard shows ${arn}, which is not an alarm`);
  const { severity = '', id = name } = NAME.exec(name)?.groups ?? {};
  return { name: id, severity, state: alarms.stateOf(arn) };
}

/** @throws Error when there are no sample rows, or a column is missing in them */
function logRowsOf(title: string, columns: readonly string[]): readonly LogRow[] {
  const rows = LOG_SAMPLES[title];
  const missing = rows && columns.find((column) => rows.some((row) => row[column] === undefined));
  if (rows !== undefined && missing === undefined) return rows;
  throw new Error(
    `log widget "${title}" has no sample rows${missing ? ` with ${missing}` : ''}: add them to tools/dashboard/sample/log-samples.ts`,
  );
}

function checkLogSamples(widgets: readonly Widget[]): void {
  const shown = widgets.map((widget) => (widget.type === 'log' ? widget.properties.title : ''));
  const unused = Object.keys(LOG_SAMPLES).find((title) => !shown.includes(title));
  if (unused === undefined) return;
  throw new Error(
    `no log widget has the title "${unused}": remove it from tools/dashboard/sample/log-samples.ts`,
  );
}

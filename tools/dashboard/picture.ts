import type { MetricStore } from '../../local/aws/cloudwatch/metric-store.ts';
import { element, type Svg, svgDocument } from '../picture/svg.ts';
import type { Box } from './box.ts';
import { chartSpec } from './chart-spec.ts';
import { frame } from './frame.ts';
import { readRows } from './metric-rows.ts';
import { readSeries } from './read-series.ts';
import { renderChart } from './render-chart.ts';
import type { TimeRange } from './series.ts';
import { COLOR, FONT, SIZE } from './theme.ts';
import type { MetricProperties, Widget } from './widget.ts';
import { type AlarmTile, drawAlarmStatus } from './widgets/alarm-status.ts';
import { columnsOf, drawLogTable, type LogRow } from './widgets/log-table.ts';
import { drawSingleValue } from './widgets/single-value.ts';
import { drawText } from './widgets/text.ts';

/** A dashboard and its data. */
interface DashboardPicture {
  readonly name: string;
  readonly widgets: readonly Widget[];
  readonly range: TimeRange;
  readonly store: MetricStore;
  /** Finds an alarm by its ARN. @throws Error when it does not exist */
  readonly alarmOf: (arn: string) => AlarmTile;
  /** Returns the results of a widget's query. @throws Error when there are none */
  readonly logRowsOf: (title: string, columns: readonly string[]) => readonly LogRow[];
}

const WIDTH = 1000;
const COLUMNS = 24;
const ROW_HEIGHT = 40;
const MARGIN = 10;
const GAP = 8;
const BAR_HEIGHT = 46;

/** Draws a dashboard like the CloudWatch console, as an SVG document. */
export async function drawDashboard(picture: DashboardPicture): Promise<string> {
  const rows = Math.max(...picture.widgets.map(({ y, height }) => y + height));
  const height = BAR_HEIGHT + MARGIN * 2 + rows * ROW_HEIGHT - GAP;
  const widgets: Svg[] = [];
  for (const widget of picture.widgets)
    widgets.push(element('g', {}, await drawWidget(widget, picture)));
  return svgDocument(WIDTH, height, `CloudWatch dashboard ${picture.name}, with sample data`, [
    element('rect', { width: WIDTH, height, fill: COLOR.page }),
    element('g', { 'font-family': FONT }, [...drawBar(picture), ...widgets]),
  ]);
}

/** Draws the bar with the name of the dashboard and the time range. */
function drawBar({ name, range }: DashboardPicture): readonly Svg[] {
  const hours = (range.to.getTime() - range.from.getTime()) / 3_600_000;
  const time = (at: Date) => at.toISOString().slice(11, 16);
  const y = BAR_HEIGHT / 2 + 6;
  return [
    element('rect', { width: WIDTH, height: BAR_HEIGHT, fill: COLOR.bar }),
    element('rect', { y: BAR_HEIGHT, width: WIDTH, height: 1, fill: COLOR.border }),
    element(
      'text',
      { x: MARGIN + 6, y, 'font-size': SIZE.picture, 'font-weight': 'bold', fill: COLOR.title },
      [name],
    ),
    element(
      'text',
      { x: WIDTH - MARGIN - 6, y, 'font-size': SIZE.text, fill: COLOR.faint, 'text-anchor': 'end' },
      [`sample data · last ${hours} h · ${time(range.from)} – ${time(range.to)} UTC`],
    ),
  ];
}

async function drawWidget(widget: Widget, picture: DashboardPicture): Promise<readonly Svg[]> {
  const box = boxOf(widget);
  if (widget.type === 'text') {
    const { card, room } = frame(box, '');
    const isSolid = widget.properties.background === 'solid';
    return [...(isSolid ? card : []), ...drawText(widget.properties.markdown, room)];
  }
  const { card, room } = frame(box, widget.properties.title);
  return [...card, ...(await drawContent(widget, picture, room))];
}

async function drawContent(
  widget: Exclude<Widget, { readonly type: 'text' }>,
  picture: DashboardPicture,
  room: Box,
): Promise<readonly Svg[]> {
  if (widget.type === 'alarm') {
    return drawAlarmStatus(widget.properties.alarms.map(picture.alarmOf), room);
  }
  if (widget.type === 'metric') return drawMetrics(widget.properties, picture, room);
  const columns = columnsOf(widget.properties.query);
  return drawLogTable(columns, picture.logRowsOf(widget.properties.title, columns), room);
}

async function drawMetrics(
  properties: MetricProperties,
  { store, range }: DashboardPicture,
  room: Box,
): Promise<readonly Svg[]> {
  const series = readSeries(readRows(properties), store, range);
  return properties.view === 'singleValue'
    ? drawSingleValue(series, room)
    : [await renderChart(chartSpec(properties, series, range, room), room)];
}

function boxOf({ x, y, width, height }: Widget): Box {
  const column = (WIDTH - 2 * MARGIN + GAP) / COLUMNS;
  return {
    x: MARGIN + x * column,
    y: BAR_HEIGHT + MARGIN + y * ROW_HEIGHT,
    width: width * column - GAP,
    height: height * ROW_HEIGHT - GAP,
  };
}

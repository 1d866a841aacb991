import type { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';

/** A metric that an alarm or a graph reads. */
export interface ReadMetric {
  readonly namespace: string;
  readonly name: string;
  /** Names and values, with `${…}` for what CloudFormation inserts. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A widget in the body of a dashboard. */
export type Widget = z.output<typeof widgetSchema>;

/** An alarm of a template. */
export type TemplateAlarm = z.output<typeof alarmSchema>;

const dimensionSchema = z.array(z.object({ Name: z.string(), Value: z.unknown() })).default([]);
const metricSchema = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: dimensionSchema,
});

const alarmSchema = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  ComparisonOperator: z.string(),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number(),
  TreatMissingData: z.string(),
  AlarmActions: z.array(z.unknown()),
  OKActions: z.array(z.unknown()),
  InsufficientDataActions: z.undefined().optional(),
  DependsOn: z.unknown().optional(),
  // In an alarm on one metric without an expression.
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensionSchema,
  Period: z.number().optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Metrics: z
    .array(
      z.object({
        Expression: z.string().optional(),
        ReturnData: z.boolean(),
        MetricStat: z
          .object({ Metric: metricSchema, Period: z.number(), Stat: z.string() })
          .optional(),
      }),
    )
    .default([]),
});

const annotationSchema = z.object({ value: z.number(), label: z.string() });
const widgetSchema = z.object({
  type: z.string(),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  properties: z.object({
    title: z.string().optional(),
    markdown: z.string().optional(),
    query: z.string().optional(),
    alarms: z.array(z.string()).default([]),
    metrics: z.array(z.array(z.unknown())).default([]),
    annotations: z.object({ horizontal: z.array(annotationSchema) }).optional(),
    view: z.string().optional(),
    stacked: z.boolean().optional(),
  }),
});
const dashboardSchema = z.object({ periodOverride: z.string(), widgets: z.array(widgetSchema) });

/** The metric alarms of a template, without composite alarms. */
export function alarmsOf(template: Template): readonly TemplateAlarm[] {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
  return alarms.map(({ Properties }) => alarmSchema.parse(Properties));
}

/** The only dashboard of a template. */
export function dashboardOf(template: Template): z.output<typeof dashboardSchema> {
  const [dashboard, ...more] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  if (dashboard === undefined || more.length > 0) throw new Error('not exactly one dashboard');
  return dashboardSchema.parse(JSON.parse(filledIn(dashboard['Properties'].DashboardBody)));
}

/** Every metric that the template reads, repeated if it is read several times. */
export function graphedMetrics(template: Template): readonly ReadMetric[] {
  const alarmed = alarmsOf(template).flatMap(metricsOfAlarm);
  const graphed = dashboardOf(template).widgets.flatMap(metricsOfWidget);
  return [...alarmed, ...graphed];
}

/** The metrics of an alarm. */
export function metricsOfAlarm(alarm: TemplateAlarm): readonly ReadMetric[] {
  const { Namespace, MetricName, Dimensions, Metrics } = alarm;
  const plain =
    Namespace === undefined || MetricName === undefined
      ? []
      : [{ Namespace, MetricName, Dimensions }];
  const all = [...plain, ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])];
  return all.map((metric) => ({
    namespace: metric.Namespace,
    name: metric.MetricName,
    dimensions: Object.fromEntries(
      metric.Dimensions.map(({ Name, Value }) => [Name, filledIn(Value)]),
    ),
  }));
}

/** The metrics of a widget, including hidden ones in expressions. */
export function metricsOfWidget({ properties }: Widget): readonly ReadMetric[] {
  return properties.metrics.flatMap((line) => {
    const [namespace, name, ...pairs] = line.filter((part) => typeof part === 'string');
    // The row of an expression has options only.
    if (namespace === undefined || name === undefined) return [];
    const dimensions: Record<string, string> = {};
    for (let index = 0; index < pairs.length; index += 2) {
      dimensions[pairs[index] ?? ''] = pairs[index + 1] ?? '';
    }
    return [{ namespace, name, dimensions }];
  });
}

/** Joins the parts of `Fn::Join`, with a name in place of each reference. */
function filledIn(value: unknown): string {
  if (typeof value === 'string') return value;
  const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
  const { success, data } = joined.safeParse(value);
  if (success) return data['Fn::Join'][1].map(filledIn).join(data['Fn::Join'][0]);
  return `\${${JSON.stringify(value)
    .replace(/[^\w.-]+/g, ' ')
    .trim()}}`;
}

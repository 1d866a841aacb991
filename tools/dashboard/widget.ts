import * as z from 'zod';

const place = { x: z.number(), y: z.number(), width: z.number(), height: z.number() };

/** Options of a row of `metrics`. */
const rowOptions = z.strictObject({
  id: z.string().optional(),
  label: z.string().optional(),
  color: z.string().optional(),
  stat: z.string().optional(),
  period: z.number().optional(),
  visible: z.boolean().default(true),
  yAxis: z.enum(['left', 'right']).default('left'),
  expression: z.string().optional(),
});

const axis = z.strictObject({
  min: z.number().optional(),
  max: z.number().optional(),
  label: z.string().optional(),
  showUnits: z.boolean().optional(),
});

const annotation = z.strictObject({
  value: z.number(),
  label: z.string().default(''),
  color: z.string().default('#d13212'),
  yAxis: z.enum(['left', 'right']).default('left'),
});

const metricProperties = z.strictObject({
  title: z.string().default(''),
  region: z.string(),
  view: z.enum(['timeSeries', 'singleValue']).default('timeSeries'),
  stacked: z.boolean().default(false),
  /** Ignored: numbers are never shortened here. */
  singleValueFullPrecision: z.boolean().optional(),
  period: z.number().default(300),
  stat: z.string().default('Average'),
  metrics: z.array(z.array(z.union([z.string(), rowOptions]))),
  annotations: z.strictObject({ horizontal: z.array(annotation).default([]) }).optional(),
  yAxis: z.strictObject({ left: axis.optional(), right: axis.optional() }).default({}),
});

const alarmProperties = z.strictObject({
  title: z.string().default(''),
  alarms: z.array(z.string()),
});

const textProperties = z.strictObject({
  markdown: z.string(),
  background: z.enum(['solid', 'transparent']).default('solid'),
});

const logProperties = z.strictObject({
  title: z.string().default(''),
  region: z.string(),
  view: z.literal('table'),
  query: z.string(),
});

const widget = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('metric'), ...place, properties: metricProperties }),
  z.strictObject({ type: z.literal('alarm'), ...place, properties: alarmProperties }),
  z.strictObject({ type: z.literal('text'), ...place, properties: textProperties }),
  z.strictObject({ type: z.literal('log'), ...place, properties: logProperties }),
]);

const widgets = z.array(widget);

export type MetricProperties = z.output<typeof metricProperties>;
export type RowOptions = z.output<typeof rowOptions>;
export type Annotation = z.output<typeof annotation>;

export type Widget = z.output<typeof widget>;

/**
 * Reads the `widgets` of a dashboard body.
 *
 * @throws Error for widgets or properties that the picture does not support, so that it omits nothing
 */
export function readWidgets(body: readonly unknown[]): readonly Widget[] {
  const parsed = widgets.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Error(`dashboard: ${z.prettifyError(parsed.error)}`);
}

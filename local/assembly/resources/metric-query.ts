import * as z from 'zod';
import {
  type MetricMath,
  MetricMathError,
  parseMetricMath,
} from '../../aws/cloudwatch/parse-metric-math.ts';
import { AssemblyError } from '../assembly-error.ts';

/** Identifies a CloudWatch metric. The same name with different dimensions is a different metric. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A query of an alarm: a statistic of a metric, or a metric math expression over other queries. */
export type MetricQuery =
  | {
      readonly kind: 'metric';
      readonly id: string;
      readonly metric: MetricIdentity;
      readonly statistic: string;
    }
  | { readonly kind: 'expression'; readonly id: string; readonly math: MetricMath };

/** The dimensions of a metric, by name. */
export const dimensions = z
  .array(z.strictObject({ Name: z.string(), Value: z.string() }))
  .max(30)
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])));

/** The statistics other than percentiles. */
export const plainStatistic = z.enum(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']);
/** E.g. `p99` or `p99.9`. Trimmed means and similar statistics are not supported. */
export const percentile = z.string().regex(/^p(\d{1,2}(\.\d{1,10})?|100)$/);
/** In seconds. High-resolution periods of 10, 20 and 30 seconds are not supported. */
export const period = z.number().int().min(60).max(86_400).multipleOf(60);

const metricStat = z.strictObject({
  Metric: z.strictObject({
    Dimensions: dimensions,
    MetricName: z.string(),
    Namespace: z.string(),
  }),
  Period: period,
  Stat: z.union([plainStatistic, percentile]),
  Unit: z.string().optional(),
});

/** A member of `Metrics`. */
export const metricQuery = z.strictObject({
  Expression: z.string().max(2_048).optional(),
  Id: z.string().regex(/^[a-z][A-Za-z0-9_]*$/),
  Label: z.string().optional(),
  MetricStat: metricStat.optional(),
  Period: period.optional(),
  ReturnData: z.boolean().default(true),
});

/** Converts a member of `Metrics`. @throws AssemblyError if it is not either a metric or an expression */
export function toMetricQuery(raw: z.output<typeof metricQuery>): MetricQuery {
  const { Id: id, Expression, MetricStat } = raw;
  if (Expression !== undefined && MetricStat === undefined) {
    return { kind: 'expression', id, math: readMath(id, Expression) };
  }
  if (MetricStat === undefined || Expression !== undefined) {
    throw new AssemblyError(
      `${id} of Metrics: exactly one of MetricStat and Expression is required`,
    );
  }
  const { Namespace, MetricName, Dimensions } = MetricStat.Metric;
  const metric = { namespace: Namespace, name: MetricName, dimensions: Dimensions };
  return { kind: 'metric', id, metric, statistic: MetricStat.Stat };
}

function readMath(id: string, expression: string): MetricMath {
  try {
    return parseMetricMath(expression);
  } catch (error) {
    if (!(error instanceof MetricMathError)) throw error;
    throw new AssemblyError(`${id} of Metrics: ${error.message}`, { cause: error });
  }
}

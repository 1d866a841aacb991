import * as z from 'zod';
import { AssemblyError } from '../assembly-error.ts';
import {
  physicalName,
  type ResourceType,
  readProperties,
  type StackResource,
} from '../resource-type.ts';
import {
  dimensions,
  type MetricQuery,
  metricQuery,
  percentile,
  period,
  plainStatistic,
  toMetricQuery,
} from './metric-query.ts';

/** What an alarm does about periods without a data point. */
export type TreatMissingData = 'breaching' | 'notBreaching' | 'ignore' | 'missing';

/** An alarm of CloudWatch on a metric or on an expression over metrics. */
export interface MetricAlarm {
  readonly kind: 'metric-alarm';
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly queries: readonly MetricQuery[];
  /** The id of the query whose values are compared. */
  readonly watchedId: string;
  readonly periodSeconds: number;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: TreatMissingData;
}

const COMPARISONS = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] as const;

/** How a value is compared with the threshold. Anomaly detection is not run here. */
export type Comparison = (typeof COMPARISONS)[number];

const MOST_QUERIES = 10;
const DAY_SECONDS = 86_400;

const common = {
  ActionsEnabled: z.literal(true).optional(),
  AlarmActions: z.array(z.string()).max(5).default([]),
  AlarmDescription: z.string().max(1_024).default(''),
  AlarmName: z.string().min(1).max(255).optional(),
  ComparisonOperator: z.enum(COMPARISONS),
  DatapointsToAlarm: z.number().int().min(1).optional(),
  EvaluationPeriods: z.number().int().min(1),
  OKActions: z.array(z.string()).max(5).default([]),
  Tags: z.unknown().optional(),
  Threshold: z.number(),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).default('missing'),
};

const onMetric = z.strictObject({
  ...common,
  Dimensions: dimensions,
  ExtendedStatistic: percentile.optional(),
  MetricName: z.string(),
  Namespace: z.string(),
  Period: period,
  Statistic: plainStatistic.optional(),
  Unit: z.string().optional(),
});

const onQueries = z.strictObject({
  ...common,
  Metrics: z.array(metricQuery).min(1).max(MOST_QUERIES),
});

const nameOf = (resource: StackResource) => physicalName(resource, 'AlarmName', 255);

/** ARN of an alarm, on metrics or composite. */
export function alarmArn({ partition, region, account }: StackResource, name: string): string {
  return `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`;
}

const arnOf = (resource: StackResource) => alarmArn(resource, nameOf(resource));

export const metricAlarm: ResourceType<MetricAlarm> = {
  type: 'AWS::CloudWatch::Alarm',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) => {
    const { properties, ...watched } =
      resource.property('Metrics') === undefined ? readMetric(resource) : readQueries(resource);
    const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = properties;
    if (DatapointsToAlarm > EvaluationPeriods) {
      throw new AssemblyError('DatapointsToAlarm is more than EvaluationPeriods');
    }
    // Of periods of an hour and more, a week may be watched; the product has none.
    if (EvaluationPeriods * watched.periodSeconds > DAY_SECONDS) {
      throw new AssemblyError('an alarm looks at a day at most: EvaluationPeriods times Period');
    }
    return {
      kind: 'metric-alarm',
      name: nameOf(resource),
      arn: arnOf(resource),
      description: properties.AlarmDescription,
      alarmActions: properties.AlarmActions,
      okActions: properties.OKActions,
      ...watched,
      comparison: properties.ComparisonOperator,
      threshold: properties.Threshold,
      evaluationPeriods: EvaluationPeriods,
      datapointsToAlarm: DatapointsToAlarm,
      treatMissingData: properties.TreatMissingData,
    };
  },
};

function readMetric(resource: StackResource) {
  const properties = readProperties(resource, onMetric);
  const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic } = properties;
  const statistic = Statistic ?? ExtendedStatistic;
  if (statistic === undefined || (Statistic && ExtendedStatistic)) {
    throw new AssemblyError('an alarm needs Statistic or ExtendedStatistic, and not both');
  }
  const metric = { namespace: Namespace, name: MetricName, dimensions: Dimensions };
  const queries: readonly MetricQuery[] = [{ kind: 'metric', id: 'm1', metric, statistic }];
  return { properties, queries, watchedId: 'm1', periodSeconds: properties.Period };
}

function readQueries(resource: StackResource) {
  const properties = readProperties(resource, onQueries);
  const { Metrics } = properties;
  const [watched, ...more] = Metrics.filter(({ ReturnData }) => ReturnData);
  if (watched === undefined || more.length > 0) {
    throw new AssemblyError('exactly one of Metrics has to return data');
  }
  const [periodSeconds, ...otherPeriods] = new Set(
    Metrics.flatMap(({ Period, MetricStat }) => MetricStat?.Period ?? Period ?? []),
  );
  if (periodSeconds === undefined || otherPeriods.length > 0) {
    throw new AssemblyError('all of Metrics have to have the same period, the one of the alarm');
  }
  const queries = Metrics.map(toMetricQuery);
  checkReferences(queries);
  return { properties, queries, watchedId: watched.Id, periodSeconds };
}

// In CloudWatch the order does not matter; here it does not either, but an expression over itself would never end.
function checkReferences(queries: readonly MetricQuery[]): void {
  const byId = new Map(queries.map((query) => [query.id, query]));
  if (byId.size < queries.length) throw new AssemblyError('two of Metrics have the same Id');
  const check = (id: string, path: readonly string[]): void => {
    const query = byId.get(id);
    if (query === undefined) throw new AssemblyError(`there is no ${id} among Metrics`);
    if (path.includes(id)) throw new AssemblyError(`${id} of Metrics is an expression over itself`);
    if (query.kind === 'expression') for (const used of query.math.ids) check(used, [...path, id]);
  };
  for (const { id } of queries) check(id, []);
}

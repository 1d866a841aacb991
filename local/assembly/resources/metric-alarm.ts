import * as z from 'zod';
import { AssemblyError } from '../assembly-error.ts';
import { naming, type ResourceType, readProperties, type StackResource } from '../resource-type.ts';
import {
  dimensions,
  type MetricQuery,
  metricQuery,
  percentile,
  period,
  plainStatistic,
  toMetricQuery,
} from './metric-query.ts';

/** How an alarm treats periods without a data point. */
export type TreatMissingData = 'breaching' | 'notBreaching' | 'ignore' | 'missing';

/** A CloudWatch alarm on a metric or a metric math expression. */
export interface MetricAlarm {
  readonly kind: 'metric-alarm';
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly queries: readonly MetricQuery[];
  /** ID of the query whose values are compared with the threshold. */
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

/** How a value is compared with the threshold. Anomaly detection is not supported. */
export type Comparison = (typeof COMPARISONS)[number];

const MAX_QUERIES = 10;
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
  Metrics: z.array(metricQuery).min(1).max(MAX_QUERIES),
});

/** How metric and composite alarms are named. */
export const alarmNaming = naming({
  property: 'AlarmName',
  maxLength: 255,
  service: 'cloudwatch',
  path: (name) => `alarm:${name}`,
});

const { nameOf, arnOf } = alarmNaming;

export const metricAlarm: ResourceType<MetricAlarm> = {
  type: 'AWS::CloudWatch::Alarm',
  ref: nameOf,
  attributes: { Arn: arnOf },
  read: (resource) => {
    const { properties, ...watched } =
      resource.property('Metrics') === undefined ? readMetric(resource) : readQueries(resource);
    const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = properties;
    if (DatapointsToAlarm > EvaluationPeriods) {
      throw new AssemblyError('DatapointsToAlarm is greater than EvaluationPeriods');
    }
    // With periods of an hour or more the limit is a week, but the product has no such alarms.
    if (EvaluationPeriods * watched.periodSeconds > DAY_SECONDS) {
      throw new AssemblyError('EvaluationPeriods times Period is more than a day');
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
    throw new AssemblyError('exactly one of Statistic and ExtendedStatistic is required');
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
    throw new AssemblyError('exactly one of Metrics must return data');
  }
  const [periodSeconds, ...otherPeriods] = new Set(
    Metrics.flatMap(({ Period, MetricStat }) => MetricStat?.Period ?? Period ?? []),
  );
  if (periodSeconds === undefined || otherPeriods.length > 0) {
    throw new AssemblyError('all of Metrics must have the same period');
  }
  const queries = Metrics.map(toMetricQuery);
  checkReferences(queries);
  return { properties, queries, watchedId: watched.Id, periodSeconds };
}

// The order of queries is irrelevant, as in CloudWatch, but a query that refers to itself could not be evaluated.
function checkReferences(queries: readonly MetricQuery[]): void {
  const byId = new Map(queries.map((query) => [query.id, query]));
  if (byId.size < queries.length) throw new AssemblyError('two of Metrics have the same Id');
  const check = (id: string, path: readonly string[]): void => {
    const query = byId.get(id);
    if (query === undefined) throw new AssemblyError(`${id} is not one of Metrics`);
    if (path.includes(id)) throw new AssemblyError(`${id} of Metrics refers to itself`);
    if (query.kind === 'expression') for (const used of query.math.ids) check(used, [...path, id]);
  };
  for (const { id } of queries) check(id, []);
}

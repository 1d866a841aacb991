import type { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import {
  CLUSTER_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  SERVICE_DIMENSION,
} from '../../contract/metrics.ts';
import type { PassFunction } from '../functions/schedules.ts';

/** The account of a metric in a query of a monitoring account. */
const ACCOUNT = 'AWS.AccountId';

/** Which metric of all clusters of a Region to query. */
export interface FleetQuery {
  readonly metric: Exclude<keyof typeof METRICS, 'notGiven'>;
  readonly service: PassFunction;
  readonly aggregate: 'MAX' | 'MIN' | 'SUM';
  readonly period: Duration;
  /** Clusters of one name can be in several accounts. @default 'cluster' */
  readonly by?: 'cluster' | 'account';
  /** Number of series, with the order in which they are kept. @default - all, the largest first */
  readonly limit?: { readonly order: 'ASC' | 'DESC'; readonly count: number };
  /** Region of the clusters. @default - that of the stack */
  readonly region?: string;
  readonly label?: string;
}

/** Returns a Metrics Insights query with one series for each cluster or account. */
export function fleetMetric(query: FleetQuery): MathExpression {
  const { metric, service, aggregate, period, by = 'cluster', limit, region, label } = query;
  const { order, count } = limit ?? { order: 'DESC', count: undefined };
  const expression = [
    `SELECT ${aggregate}(${METRICS[metric]})`,
    `FROM SCHEMA("${METRICS_NAMESPACE}", "${CLUSTER_DIMENSION}", "${SERVICE_DIMENSION}")`,
    `WHERE "${SERVICE_DIMENSION}" = '${service}'`,
    `GROUP BY ${by === 'cluster' ? `${ACCOUNT}, "${CLUSTER_DIMENSION}"` : ACCOUNT}`,
    `ORDER BY ${aggregate}() ${order}`,
    ...(count === undefined ? [] : [`LIMIT ${count}`]),
  ].join(' ');
  return new MathExpression({
    expression,
    usingMetrics: {},
    period,
    ...(region === undefined ? {} : { searchRegion: region }),
    ...(label === undefined ? {} : { label }),
  });
}

/**
 * Returns the number of clusters that completed a pass in a period: a pass emits 1, or 0 if it was incomplete, so their maxima add up
 * to it. A cluster that emits nothing is not counted.
 */
export function clustersThatCompleted(
  service: PassFunction,
  period: Duration,
  region?: string,
): MathExpression {
  const query = { metric: 'runsCompleted', service, aggregate: 'MAX', period } as const;
  return new MathExpression({
    expression: 'SUM(clusters)',
    usingMetrics: {
      clusters: fleetMetric({ ...query, ...(region === undefined ? {} : { region }) }),
    },
    period,
    label: `clusters that completed a ${service}`,
    ...(region === undefined ? {} : { searchRegion: region }),
  });
}

import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  CLUSTER_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  REASON_DIMENSION,
  SERVICE_DIMENSION,
} from '../../contract/metrics.ts';
import { eventBusNameOf, type FunctionName } from '../names.ts';
import type { NotIssuedReason } from './reasons.ts';

/** How the values of a metric are aggregated and labeled. */
interface Aggregation {
  /** A CloudWatch statistic, as in `Stats`. */
  readonly statistic: string;
  readonly period: Duration;
  /** @default - the name of the metric */
  readonly label?: string;
}

/** The Lambda metrics that are used. Lambda emits AsyncEventsDropped only if it is not zero. */
export type LambdaMetric =
  | 'AsyncEventsDropped'
  | 'ConcurrentExecutions'
  | 'Duration'
  | 'Errors'
  | 'Invocations'
  | 'Throttles';

/** The Lambda functions of a cluster. */
export interface MonitoredFunctions {
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  /** Name of the rule that delivers pod events to the events function. */
  readonly ruleName: string;
}

export interface ClusterMetricsProps {
  readonly clusterName: string;
  /** @default - the refresher runs in the cluster */
  readonly lambda?: MonitoredFunctions | undefined;
}

/** Creates the metrics of a cluster for alarms and dashboard. */
export class ClusterMetrics {
  /** The metrics of the functions. Undefined if the refresher runs in the cluster. */
  readonly lambda: LambdaMetrics | undefined;
  private readonly clusterName: string;

  constructor({ clusterName, lambda }: ClusterMetricsProps) {
    this.clusterName = clusterName;
    this.lambda = lambda && new LambdaMetrics(clusterName, lambda);
  }

  /** Failed passes, or failed pod events of the service `events`. */
  failed(service: FunctionName, aggregation: Aggregation): Metric {
    return this.lambda === undefined
      ? this.custom(service, 'invocationsFailed', aggregation)
      : this.lambda.ofFunction(service, 'Errors', aggregation);
  }

  /** A custom metric that a function emits for its passes and pod events. */
  custom(
    service: FunctionName,
    name: Exclude<keyof typeof METRICS, 'notGiven'>,
    aggregation: Aggregation,
  ): Metric {
    return this.emitted(METRICS[name], { [SERVICE_DIMENSION]: service }, aggregation);
  }

  /** The number of Secrets that are not issued for one reason. */
  notIssued(service: FunctionName, reason: NotIssuedReason, aggregation: Aggregation): Metric {
    const dimensions = { [SERVICE_DIMENSION]: service, [REASON_DIMENSION]: reason };
    return this.emitted(METRICS.notGiven, dimensions, aggregation);
  }

  private emitted(
    metricName: string,
    dimensions: Record<string, string>,
    aggregation: Aggregation,
  ): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { [CLUSTER_DIMENSION]: this.clusterName, ...dimensions },
      ...aggregation,
    });
  }
}

/** Creates the metrics that AWS emits for the functions. */
export class LambdaMetrics {
  private readonly clusterName: string;
  private readonly monitored: MonitoredFunctions;

  constructor(clusterName: string, monitored: MonitoredFunctions) {
    this.clusterName = clusterName;
    this.monitored = monitored;
  }

  /** A Lambda metric of a function. */
  ofFunction(service: FunctionName, metricName: LambdaMetric, aggregation: Aggregation): Metric {
    const { functionName } = this.monitored.functions[service];
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { FunctionName: functionName },
      ...aggregation,
    });
  }

  /** Pod events that EventBridge could not deliver to the events function; emitted only if there are any. */
  failedInvocations(aggregation: Aggregation): Metric {
    const { ruleName } = this.monitored;
    return new Metric({
      namespace: 'AWS/Events',
      metricName: 'FailedInvocations',
      dimensionsMap: { EventBusName: eventBusNameOf(this.clusterName), RuleName: ruleName },
      ...aggregation,
    });
  }
}

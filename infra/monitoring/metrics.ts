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

export interface ClusterMetricsProps {
  readonly clusterName: string;
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  /** Name of the rule that delivers pod events to the events function. */
  readonly ruleName: string;
}

/** Creates the metrics of a cluster for alarms and dashboard. */
export class ClusterMetrics {
  private readonly props: ClusterMetricsProps;

  constructor(props: ClusterMetricsProps) {
    this.props = props;
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

  /** A Lambda metric of a function. */
  lambda(service: FunctionName, metricName: LambdaMetric, aggregation: Aggregation): Metric {
    const { functionName } = this.props.functions[service];
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { FunctionName: functionName },
      ...aggregation,
    });
  }

  /** Pod events that EventBridge could not deliver to the events function; emitted only if there are any. */
  failedInvocations(aggregation: Aggregation): Metric {
    const { clusterName, ruleName } = this.props;
    return new Metric({
      namespace: 'AWS/Events',
      metricName: 'FailedInvocations',
      dimensionsMap: { EventBusName: eventBusNameOf(clusterName), RuleName: ruleName },
      ...aggregation,
    });
  }

  private emitted(
    metricName: string,
    dimensions: Record<string, string>,
    aggregation: Aggregation,
  ): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { [CLUSTER_DIMENSION]: this.props.clusterName, ...dimensions },
      ...aggregation,
    });
  }
}

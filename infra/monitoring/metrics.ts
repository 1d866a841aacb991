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
import type { FunctionName } from '../functions/bundle.ts';
import type { Reason } from './reasons.ts';

/** How the values of a metric become one line of a graph. */
export interface Reading {
  /** What becomes of the values of a period: a name of CloudWatch's, as in `Stats`. */
  readonly statistic: string;
  readonly period: Duration;
  /** @default - the name of the metric */
  readonly label?: string;
}

/** The metrics of Lambda that are looked at. AsyncEventsDropped is sent when it is not zero only. */
export type LambdaMetric =
  | 'AsyncEventsDropped'
  | 'ConcurrentExecutions'
  | 'Duration'
  | 'Errors'
  | 'Invocations'
  | 'Throttles';

/** What the metrics of a cluster are told apart by. */
export interface MonitoredResources {
  readonly clusterName: string;
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  readonly eventBusName: string;
  /** Of the rule that hands pod events to the refresh function. */
  readonly ruleName: string;
}

/** Makes the metrics of a cluster, so that alarms and graphs name and read them alike. */
export class ClusterMetrics {
  private readonly resources: MonitoredResources;

  constructor(resources: MonitoredResources) {
    this.resources = resources;
  }

  /** A metric of the product's own, of the runs and pod events of one function. */
  own(service: FunctionName, name: Exclude<keyof typeof METRICS, 'notGiven'>, reading: Reading) {
    return this.emitted(METRICS[name], { [SERVICE_DIMENSION]: service }, reading);
  }

  /** How many Secrets are not given for one reason. */
  notGiven(service: FunctionName, reason: Reason, reading: Reading): Metric {
    const dimensions = { [SERVICE_DIMENSION]: service, [REASON_DIMENSION]: reason };
    return this.emitted(METRICS.notGiven, dimensions, reading);
  }

  /** What Lambda says of one function. */
  lambda(service: FunctionName, metricName: LambdaMetric, reading: Reading): Metric {
    const { functionName } = this.resources.functions[service];
    return new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { FunctionName: functionName },
      ...reading,
    });
  }

  /** Pod events that EventBridge could not hand to the refresh function; sent when there are any only. */
  failedInvocations(reading: Reading): Metric {
    const { eventBusName, ruleName } = this.resources;
    return new Metric({
      namespace: 'AWS/Events',
      metricName: 'FailedInvocations',
      dimensionsMap: { EventBusName: eventBusName, RuleName: ruleName },
      ...reading,
    });
  }

  private emitted(
    metricName: string,
    dimensions: Record<string, string>,
    reading: Reading,
  ): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { [CLUSTER_DIMENSION]: this.resources.clusterName, ...dimensions },
      ...reading,
    });
  }
}

import { Duration } from 'aws-cdk-lib';
import { type IWidget, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FUNCTION_NAMES, type FunctionName } from '../../names.ts';
import type { LambdaMetric } from '../metrics.ts';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

const MINUTE = Duration.minutes(1);

/** What does it cost? Requests, which also use up quotas. */
export function costWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const calls = (name: 'stsCalls' | 'apiCalls'): readonly Metric[] =>
    FUNCTION_NAMES.map((service) =>
      metrics.custom(service, name, { statistic: Stats.SUM, period: MINUTE, label: service }),
    );
  const throttledSweep = (name: 'stsThrottled' | 'apiThrottled') =>
    metrics.custom('sweep', name, {
      statistic: Stats.SUM,
      period: MINUTE,
      label: 'throttled (sweep)',
    });
  return [
    graph(alarms, {
      title: 'Requests to STS',
      alarms: ['sts-throttled'],
      metrics: [throttledSweep('stsThrottled')],
      right: calls('stsCalls'),
      width: WIDTH.half,
    }),
    graph(alarms, {
      title: 'Requests to the Kubernetes API',
      alarms: ['api-throttled'],
      metrics: [throttledSweep('apiThrottled')],
      right: calls('apiCalls'),
      width: WIDTH.half,
    }),
  ];
}

/** The Lambda metrics of the functions. */
export function lambdaWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const both = (name: LambdaMetric, statistic: string) =>
    FUNCTION_NAMES.map((service) =>
      metrics.lambda(service, name, { statistic, period: MINUTE, label: service }),
    );
  const sum = (service: FunctionName, name: LambdaMetric, label: string) =>
    metrics.lambda(service, name, { statistic: Stats.SUM, period: MINUTE, label });
  const width = WIDTH.quarter;
  return [
    graph(alarms, {
      title: 'Lambda: duration',
      metrics: both('Duration', Stats.MAXIMUM),
      unit: 'milliseconds',
      width,
    }),
    graph(alarms, {
      title: 'Lambda: invocations',
      metrics: both('Invocations', Stats.SUM),
      width,
    }),
    graph(alarms, {
      title: 'Lambda: failed and throttled',
      alarms: ['runs-failing'],
      metrics: [
        sum('sweep', 'Errors', 'sweep failed'),
        sum('refresh', 'Throttles', 'refresh throttled'),
        sum('sweep', 'Throttles', 'sweep throttled'),
      ],
      width,
    }),
    graph(alarms, {
      title: 'Lambda: concurrent executions',
      metrics: both('ConcurrentExecutions', Stats.MAXIMUM),
      width,
    }),
  ];
}

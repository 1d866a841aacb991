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
  // The alarm shows those of the refresh function.
  const throttled = (name: 'stsThrottled' | 'apiThrottled') =>
    (['sweep', 'events'] as const).map((service) =>
      metrics.custom(service, name, {
        statistic: Stats.SUM,
        period: MINUTE,
        label: `throttled (${service})`,
      }),
    );
  return [
    graph(alarms, {
      title: 'Requests to STS',
      alarms: ['sts-throttled'],
      metrics: throttled('stsThrottled'),
      right: calls('stsCalls'),
      width: WIDTH.half,
    }),
    graph(alarms, {
      title: 'Requests to the Kubernetes API',
      alarms: ['api-throttled'],
      metrics: throttled('apiThrottled'),
      right: calls('apiCalls'),
      width: WIDTH.half,
    }),
  ];
}

/** The Lambda metrics of the functions, or the failures of a refresher in the cluster. */
export function lambdaWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const { lambda } = metrics;
  if (lambda === undefined) return [failures(metrics, alarms)];
  const each = (name: LambdaMetric, statistic: string, suffix = '') =>
    FUNCTION_NAMES.map((service) =>
      lambda.ofFunction(service, name, { statistic, period: MINUTE, label: service + suffix }),
    );
  const sum = (service: FunctionName, name: LambdaMetric, label: string) =>
    lambda.ofFunction(service, name, { statistic: Stats.SUM, period: MINUTE, label });
  const width = WIDTH.quarter;
  return [
    graph(alarms, {
      title: 'Lambda: duration',
      metrics: each('Duration', Stats.MAXIMUM),
      unit: 'milliseconds',
      width,
    }),
    graph(alarms, {
      title: 'Lambda: invocations',
      metrics: each('Invocations', Stats.SUM),
      width,
    }),
    graph(alarms, {
      title: 'Lambda: failed and throttled',
      alarms: ['runs-failing', 'events-failing'],
      metrics: [
        sum('sweep', 'Errors', 'sweep failed'),
        ...each('Throttles', Stats.SUM, ' throttled'),
      ],
      width,
    }),
    graph(alarms, {
      title: 'Lambda: concurrent executions',
      metrics: each('ConcurrentExecutions', Stats.MAXIMUM),
      width,
    }),
  ];
}

function failures(metrics: WidgetDeps['metrics'], alarms: WidgetDeps['alarms']): IWidget {
  return graph(alarms, {
    title: 'Failed passes and pod events',
    alarms: ['runs-failing', 'events-failing'],
    metrics: [
      metrics.failed('sweep', { statistic: Stats.SUM, period: MINUTE, label: 'sweep failed' }),
    ],
    width: WIDTH.full,
  });
}

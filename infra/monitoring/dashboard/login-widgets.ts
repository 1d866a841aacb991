import { Duration } from 'aws-cdk-lib';
import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** When does the login to the cluster expire? Empty for clusters without a login in Secrets Manager. */
export function loginWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  if (alarms.lineOf('cluster-login-expires') === undefined) return [];
  return [
    graph(alarms, {
      title: 'Login to the cluster',
      alarms: ['cluster-login-expires'],
      metrics: [
        metrics.custom('refresh', 'loginRotationFailed', {
          statistic: Stats.MAXIMUM,
          period: FIVE_MINUTES,
          label: 'rotation failed',
        }),
      ],
      right: [
        metrics.custom('refresh', 'loginExpirySeconds', {
          statistic: Stats.MINIMUM,
          period: FIVE_MINUTES,
          label: 'seconds until it expires',
        }),
      ],
      width: WIDTH.full,
    }),
  ];
}

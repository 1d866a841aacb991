import { Duration } from 'aws-cdk-lib';
import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { graph, type WidgetDeps } from './graph.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** How long new pods wait, and whether they are announced. */
export function podWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const percentile = (percent: number) =>
    metrics.own('refresh', 'podToSecretMilliseconds', {
      statistic: Stats.percentile(percent),
      period: FIVE_MINUTES,
      label: `p${percent}`,
    });
  const count = (label: string) => ({ statistic: Stats.SUM, period: FIVE_MINUTES, label });
  return [
    graph(alarms, {
      title: 'From a pod to its Secret',
      alarms: ['pod-to-secret-slow'],
      metrics: [percentile(90), percentile(50)],
      unit: 'milliseconds',
    }),
    graph(alarms, {
      title: 'Announced by the forwarder',
      alarms: ['forwarder-silent'],
      metrics: [
        metrics.own('refresh', 'wanted', count('announced')),
        metrics.own('refresh', 'createdUnannounced', count('made without')),
      ],
    }),
    graph(alarms, {
      title: 'Pod events lost',
      alarms: ['events-dropped', 'events-undelivered'],
      metrics: [metrics.own('refresh', 'podEventsMalformed', count('malformed'))],
    }),
  ];
}

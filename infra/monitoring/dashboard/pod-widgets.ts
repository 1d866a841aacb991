import { Duration } from 'aws-cdk-lib';
import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { graph, type WidgetDeps } from './graph.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** How long do new pods wait, and does the forwarder announce them? */
export function podWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const percentile = (percent: number) =>
    metrics.custom('events', 'podToSecretMs', {
      statistic: Stats.percentile(percent),
      period: FIVE_MINUTES,
      label: `p${percent}`,
    });
  const count = (label: string) => ({ statistic: Stats.SUM, period: FIVE_MINUTES, label });
  return [
    graph(alarms, {
      title: 'Latency from pod to Secret',
      alarms: ['pod-to-secret-slow'],
      metrics: [percentile(90), percentile(50)],
      unit: 'milliseconds',
    }),
    graph(alarms, {
      title: 'Announced by the forwarder',
      alarms: ['forwarder-silent'],
      metrics: [
        metrics.custom('events', 'wanted', count('announced')),
        metrics.custom('events', 'requestsLeft', count('left to the next pass')),
        metrics.custom('refresh', 'createdUnannounced', count('created without announcement')),
      ],
    }),
    graph(alarms, {
      title: 'Pod events lost',
      alarms: ['events-dropped', 'events-undelivered'],
      metrics: [metrics.custom('events', 'podEventsMalformed', count('malformed'))],
    }),
  ];
}

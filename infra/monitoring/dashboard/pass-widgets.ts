import { Duration } from 'aws-cdk-lib';
import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

const REFRESH_EVERY = Duration.minutes(1);
const SWEEP_EVERY = Duration.minutes(10);

/** Do passes complete in time? */
export function passWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const slowest = { statistic: Stats.MAXIMUM };
  return [
    graph(alarms, {
      title: 'Refresh passes completed',
      alarms: ['refresh-stopped'],
      width: WIDTH.quarter,
    }),
    graph(alarms, {
      title: 'Sweep passes completed',
      alarms: ['sweep-stopped'],
      width: WIDTH.quarter,
    }),
    graph(alarms, {
      title: 'Duration of refresh passes',
      metrics: [
        metrics.custom('refresh', 'durationMs', {
          ...slowest,
          period: REFRESH_EVERY,
          label: 'slowest',
        }),
      ],
      annotations: [{ value: REFRESH_EVERY.toMilliseconds(), label: 'next pass starts' }],
      unit: 'milliseconds',
      width: WIDTH.quarter,
    }),
    graph(alarms, {
      title: 'Duration of sweep passes',
      metrics: [
        metrics.custom('sweep', 'durationMs', {
          ...slowest,
          period: SWEEP_EVERY,
          label: 'slowest',
        }),
      ],
      annotations: [{ value: SWEEP_EVERY.toMilliseconds(), label: 'next pass starts' }],
      unit: 'milliseconds',
      width: WIDTH.quarter,
    }),
  ];
}

/** Is there a backlog? What passes defer, and how much they read. */
export function backlogWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const most = { statistic: Stats.MAXIMUM };
  return [
    graph(alarms, {
      title: 'Deferred',
      metrics: [
        metrics.custom('refresh', 'deferred', { ...most, period: REFRESH_EVERY, label: 'refresh' }),
        metrics.custom('sweep', 'deferred', { ...most, period: SWEEP_EVERY, label: 'sweep' }),
      ],
    }),
    graph(alarms, {
      title: 'Pods seen',
      metrics: [
        metrics.custom('refresh', 'podsSeen', { ...most, period: REFRESH_EVERY, label: 'pending' }),
      ],
      right: [metrics.custom('sweep', 'podsSeen', { ...most, period: SWEEP_EVERY, label: 'all' })],
    }),
    graph(alarms, { title: 'Removal waits for confirmation', alarms: ['removal-braked'] }),
  ];
}

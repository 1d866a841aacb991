import { Duration } from 'aws-cdk-lib';
import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

const REFRESH_EVERY = Duration.minutes(1);
const SWEEP_EVERY = Duration.minutes(10);

/** Does it keep up? Runs that come to their end, in their time, with nothing left over. */
export function runWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const slowest = { statistic: Stats.MAXIMUM };
  return [
    graph(alarms, {
      title: 'Refreshes completed',
      alarms: ['refresh-stopped'],
      width: WIDTH.quarter,
    }),
    graph(alarms, { title: 'Sweeps completed', alarms: ['sweep-stopped'], width: WIDTH.quarter }),
    graph(alarms, {
      title: 'Duration of refreshes',
      metrics: [
        metrics.own('refresh', 'durationMilliseconds', {
          ...slowest,
          period: REFRESH_EVERY,
          label: 'slowest',
        }),
      ],
      annotations: [{ value: REFRESH_EVERY.toMilliseconds(), label: 'the next begins' }],
      unit: 'milliseconds',
      width: WIDTH.quarter,
    }),
    graph(alarms, {
      title: 'Duration of sweeps',
      metrics: [
        metrics.own('sweep', 'durationMilliseconds', {
          ...slowest,
          period: SWEEP_EVERY,
          label: 'slowest',
        }),
      ],
      annotations: [{ value: SWEEP_EVERY.toMilliseconds(), label: 'the next begins' }],
      unit: 'milliseconds',
      width: WIDTH.quarter,
    }),
  ];
}

/** What runs leave to the next one, and what they look at. */
export function backlogWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const most = { statistic: Stats.MAXIMUM };
  return [
    graph(alarms, {
      title: 'Left to the next run',
      metrics: [
        metrics.own('refresh', 'deferred', { ...most, period: REFRESH_EVERY, label: 'refresh' }),
        metrics.own('sweep', 'deferred', { ...most, period: SWEEP_EVERY, label: 'sweep' }),
      ],
    }),
    graph(alarms, {
      title: 'Pods seen',
      metrics: [
        metrics.own('refresh', 'podsSeen', { ...most, period: REFRESH_EVERY, label: 'pending' }),
      ],
      right: [metrics.own('sweep', 'podsSeen', { ...most, period: SWEEP_EVERY, label: 'all' })],
    }),
    graph(alarms, { title: 'Removal waits for a person', alarms: ['removal-braked'] }),
  ];
}

import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PASS_PERIOD } from '../../functions/schedules.ts';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

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
          period: PASS_PERIOD.refresh,
          label: 'slowest',
        }),
      ],
      annotations: [{ value: PASS_PERIOD.refresh.toMilliseconds(), label: 'next pass starts' }],
      unit: 'milliseconds',
      width: WIDTH.quarter,
    }),
    graph(alarms, {
      title: 'Duration of sweep passes',
      metrics: [
        metrics.custom('sweep', 'durationMs', {
          ...slowest,
          period: PASS_PERIOD.sweep,
          label: 'slowest',
        }),
      ],
      annotations: [{ value: PASS_PERIOD.sweep.toMilliseconds(), label: 'next pass starts' }],
      unit: 'milliseconds',
      width: WIDTH.quarter,
    }),
  ];
}

/** Is there a backlog? What passes defer, and how much they read. */
export function backlogWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const maximum = { statistic: Stats.MAXIMUM };
  return [
    graph(alarms, {
      title: 'Deferred',
      width: WIDTH.quarter,
      alarms: ['secrets-deferred'],
      metrics: [
        metrics.custom('sweep', 'deferred', {
          ...maximum,
          period: PASS_PERIOD.sweep,
          label: 'sweep',
        }),
      ],
    }),
    graph(alarms, {
      title: 'Pods seen',
      width: WIDTH.quarter,
      metrics: [
        metrics.custom('refresh', 'podsSeen', {
          ...maximum,
          period: PASS_PERIOD.refresh,
          label: 'pending',
        }),
      ],
      right: [
        metrics.custom('sweep', 'podsSeen', {
          ...maximum,
          period: PASS_PERIOD.sweep,
          label: 'all',
        }),
      ],
    }),
    graph(alarms, {
      title: 'Namespaces over a limit',
      width: WIDTH.quarter,
      alarms: ['budget-exceeded'],
    }),
    graph(alarms, {
      title: 'Wrong marks, held removals',
      width: WIDTH.quarter,
      alarms: ['pods-unseen'],
      right: [
        metrics.custom('sweep', 'removalBraked', {
          ...maximum,
          period: PASS_PERIOD.sweep,
          label: 'removals are held back',
        }),
      ],
    }),
  ];
}

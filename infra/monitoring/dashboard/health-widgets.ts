import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  type IWidget,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

/** With this much time left, in seconds, botocore starts to reload credentials on each call. */
const SDK_RELOAD_SECONDS = 900;

const MINUTE = Duration.minutes(1);
const CHANGES = { statistic: Stats.SUM, period: MINUTE };

/** How to read the dashboard, and a link to the runbook. */
export function introduction(clusterName: string, runbookUrl: string): readonly IWidget[] {
  const runbook = /^https?:/.test(runbookUrl) ? `[runbook](${runbookUrl})` : `\`${runbookUrl}\``;
  return [
    new TextWidget({
      markdown: [
        `## kube-aws-iam: credentials of pods in ${clusterName}`,
        `Every alarm has a heading in the ${runbook}. From top to bottom: is it healthy, does it keep up, how long do new pods wait, what is not issued and why, what does it cost, what failed last. Horizontal lines are alarm thresholds: red pages, orange creates a ticket. On the command line: \`kube-aws-iam doctor\`, \`kube-aws-iam status\`.`,
      ].join('\n\n'),
      width: WIDTH.full,
      height: 3,
    }),
  ];
}

/** Is it healthy? The state of each alarm, and the current numbers. */
export function healthWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const now = (statistic: string, label: string) => ({ statistic, period: MINUTE, label });
  return [
    new AlarmStatusWidget({
      title: 'Alarms',
      alarms: [...alarms.all],
      width: WIDTH.half,
      height: 6,
    }),
    new SingleValueWidget({
      title: 'Now',
      metrics: [
        metrics.custom('refresh', 'inUse', now(Stats.MAXIMUM, 'Secrets in use')),
        metrics.custom('refresh', 'renewalsOverdue', now(Stats.MAXIMUM, 'renewals overdue')),
        metrics.custom(
          'refresh',
          'nearestExpirySeconds',
          now(Stats.MINIMUM, 'seconds to the nearest expiry'),
        ),
      ],
      width: WIDTH.half,
      height: 6,
      fullPrecision: true,
    }),
  ];
}

/** Are credentials renewed in time? */
export function renewalWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const maximum = { statistic: Stats.MAXIMUM, period: MINUTE };
  return [
    graph(alarms, {
      title: 'Renewals overdue',
      alarms: ['renewals-overdue'],
      metrics: [
        metrics.custom('refresh', 'renewalsOverdue', { ...maximum, label: 'overdue' }),
        metrics.custom('refresh', 'renewalsDenied', {
          ...maximum,
          label: 'overdue (tenant action required)',
        }),
      ],
      right: [
        metrics.custom('refresh', 'longestOverdueSeconds', {
          ...maximum,
          label: 'longest overdue, in seconds',
        }),
      ],
    }),
    graph(alarms, {
      title: 'Nearest expiry of credentials in use',
      metrics: [
        metrics.custom('refresh', 'nearestExpirySeconds', {
          statistic: Stats.MINIMUM,
          period: MINUTE,
          label: 'nearest expiry',
        }),
      ],
      annotations: [{ value: SDK_RELOAD_SECONDS, label: 'SDKs reload on each call' }],
      unit: 'seconds',
    }),
    graph(alarms, {
      title: 'Secrets',
      metrics: [metrics.custom('refresh', 'inUse', { ...maximum, label: 'in use' })],
      right: [
        metrics.custom('refresh', 'created', { ...CHANGES, label: 'created' }),
        metrics.custom('events', 'created', { ...CHANGES, label: 'created for pod events' }),
        metrics.custom('refresh', 'renewed', { ...CHANGES, label: 'renewed' }),
        metrics.custom('sweep', 'created', { ...CHANGES, label: 'created by sweep' }),
        metrics.custom('sweep', 'removed', { ...CHANGES, label: 'removed by sweep' }),
      ],
    }),
  ];
}

import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  type IWidget,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

/** From here on, in seconds, botocore asks for new credentials at each call. */
const SDK_ASKS_SECONDS = 900;

const MINUTE = Duration.minutes(1);

/** What to read first, and where to read on. */
export function introduction(clusterName: string, runbookUrl: string): readonly IWidget[] {
  const runbook = /^https?:/.test(runbookUrl) ? `[runbook](${runbookUrl})` : `\`${runbookUrl}\``;
  return [
    new TextWidget({
      markdown: [
        `## kube-aws-iam: credentials of pods in ${clusterName}`,
        `Every alarm has a heading in the ${runbook}. From top to bottom: is it healthy, does it keep up, how long new pods wait, what is not given and why, what it costs, what failed last. Lines across a graph are where an alarm begins: red pages, orange makes a ticket. On a laptop: \`kube-aws-iam doctor\`, \`kube-aws-iam status\`..`,
      ].join('\n\n'),
      width: WIDTH.full,
      height: 3,
    }),
  ];
}

/** Is it healthy? The states of the alarms, and the numbers that say how far trouble is. */
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
        metrics.own('refresh', 'inUse', now(Stats.MAXIMUM, 'Secrets in use')),
        metrics.own('refresh', 'renewalsOverdue', now(Stats.MAXIMUM, 'renewals overdue')),
        metrics.own(
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

/** How far trouble with renewals is. */
export function renewalWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const most = { statistic: Stats.MAXIMUM, period: MINUTE };
  return [
    graph(alarms, {
      title: 'Renewals overdue',
      alarms: ['renewals-overdue'],
      metrics: [
        metrics.own('refresh', 'renewalsOverdue', { ...most, label: 'overdue' }),
        metrics.own('refresh', 'renewalsDenied', { ...most, label: 'tenants have to mend' }),
      ],
      right: [
        metrics.own('refresh', 'longestOverdueSeconds', {
          ...most,
          label: 'the longest, in seconds',
        }),
      ],
    }),
    graph(alarms, {
      title: 'Nearest expiry of credentials in use',
      metrics: [
        metrics.own('refresh', 'nearestExpirySeconds', {
          statistic: Stats.MINIMUM,
          period: MINUTE,
          label: 'nearest expiry',
        }),
      ],
      annotations: [{ value: SDK_ASKS_SECONDS, label: 'SDKs ask at each call' }],
      unit: 'seconds',
    }),
    graph(alarms, {
      title: 'Secrets',
      metrics: [metrics.own('refresh', 'inUse', { ...most, label: 'in use' })],
      right: [
        metrics.own('refresh', 'created', { ...CHANGES, label: 'created' }),
        metrics.own('refresh', 'renewed', { ...CHANGES, label: 'renewed' }),
        metrics.own('sweep', 'created', { ...CHANGES, label: 'created by a sweep' }),
        metrics.own('sweep', 'removed', { ...CHANGES, label: 'removed by a sweep' }),
      ],
    }),
  ];
}

const CHANGES = { statistic: Stats.SUM, period: MINUTE };

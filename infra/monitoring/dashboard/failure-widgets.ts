import { Duration } from 'aws-cdk-lib';
import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { FunctionName } from '../../functions/bundle.ts';
import { type Reason, SERVICE_OF_REASON } from '../reasons.ts';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

/** How often each function counts what is not given. */
const PERIODS: Readonly<Record<FunctionName, Duration>> = {
  refresh: Duration.minutes(1),
  sweep: Duration.minutes(10),
};

/** What is not given, by reason and by who can mend it. */
export function failureWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const most = { statistic: Stats.MAXIMUM, period: PERIODS.refresh };
  // One metric for each reason and not a search, which could not be compared with what is emitted.
  const byReason = reasons().map(([reason, service]) =>
    metrics.notGiven(service, reason, {
      statistic: Stats.MAXIMUM,
      period: PERIODS[service],
      label: reason,
    }),
  );
  return [
    graph(alarms, {
      title: 'Not given, by reason',
      metrics: byReason,
      stacked: true,
      width: WIDTH.half,
    }),
    graph(alarms, {
      title: 'For the operator to mend',
      alarms: ['secrets-failing'],
      metrics: [metrics.own('refresh', 'failed', { ...most, label: 'failed' })],
      width: WIDTH.quarter,
    }),
    graph(alarms, {
      title: 'For tenants to mend',
      alarms: ['roles-not-assumable', 'roles-refused'],
      width: WIDTH.quarter,
    }),
  ];
}

function reasons(): readonly (readonly [Reason, FunctionName])[] {
  const names = Object.keys(SERVICE_OF_REASON).filter(isReason);
  return names.map((reason) => [reason, SERVICE_OF_REASON[reason]]);
}

function isReason(name: string): name is Reason {
  return name in SERVICE_OF_REASON;
}

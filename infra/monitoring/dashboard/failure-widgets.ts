import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PASS_PERIOD, type PassFunction } from '../../functions/schedules.ts';
import { type NotIssuedReason, SERVICE_OF_REASON } from '../reasons.ts';
import { graph, WIDTH, type WidgetDeps } from './graph.ts';

/** Which Secrets are not issued, by reason and by who must act? */
export function failureWidgets({ metrics, alarms }: WidgetDeps): readonly IWidget[] {
  const maximum = { statistic: Stats.MAXIMUM, period: PASS_PERIOD.refresh };
  // One metric for each reason and not a search expression, so that a test can compare them with what is emitted.
  const byReason = reasons().map(([reason, service]) =>
    metrics.notIssued(service, reason, {
      statistic: Stats.MAXIMUM,
      period: PASS_PERIOD[service],
      label: reason,
    }),
  );
  return [
    graph(alarms, {
      title: 'Not issued, by reason',
      metrics: byReason,
      stacked: true,
      width: WIDTH.half,
    }),
    graph(alarms, {
      title: 'Operator action required',
      alarms: ['secrets-failing'],
      metrics: [metrics.custom('refresh', 'failed', { ...maximum, label: 'failed' })],
      width: WIDTH.quarter,
    }),
    graph(alarms, {
      title: 'Tenant action required',
      alarms: ['roles-not-assumable', 'roles-refused', 'credentials-withheld', 'secrets-deleted'],
      metrics: [metrics.custom('refresh', 'denied', { ...maximum, label: 'denied' })],
      width: WIDTH.quarter,
    }),
  ];
}

function reasons(): readonly (readonly [NotIssuedReason, PassFunction])[] {
  const names = Object.keys(SERVICE_OF_REASON).filter(isReason);
  return names.map((reason) => [reason, SERVICE_OF_REASON[reason]]);
}

function isReason(name: string): name is NotIssuedReason {
  return name in SERVICE_OF_REASON;
}

import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition, AlarmTexts } from './alarm-definition.ts';
import type { ClusterMetrics } from './metrics.ts';

const MINUTES_OVERDUE = 10;

/** The alarms on credentials that are not made or not renewed, by who can mend it: the operator, or a tenant. */
export function credentialAlarms(metrics: ClusterMetrics, { refreshBeforeMinutes }: AlarmTexts) {
  const minutesLeft = refreshBeforeMinutes - MINUTES_OVERDUE;
  const most = (name: 'denied' | 'refused') =>
    metrics.own('refresh', name, {
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(5),
      label: name,
    });
  return {
    'renewals-overdue': {
      severity: 'page',
      wrong:
        'For 10 minutes credentials in use have not been renewed though it is time: for other reasons than a role or a quota that a tenant has to mend, or more than half of all.',
      otherwise: `The first of them end ${minutesLeft} minutes after this alarm, and pods that use them then get errors from AWS.`,
      metric: overdueRenewals(metrics),
      comparison: 'at-least',
      threshold: 1,
      periods: [MINUTES_OVERDUE, MINUTES_OVERDUE],
      missing: 'unknown',
    },
    'secrets-failing': {
      severity: 'page',
      wrong: 'For 10 minutes AWS or the cluster has failed to give Secrets that it should give.',
      otherwise: `New pods that mount them do not start. Where they are renewals, the first credentials end about ${minutesLeft} minutes after this alarm.`,
      metric: failedSecrets(metrics),
      comparison: 'at-least',
      threshold: 1,
      periods: [10, 10],
      missing: 'unknown',
    },
    'roles-not-assumable': {
      severity: 'ticket',
      wrong:
        'For 15 minutes a role that pods ask for could not be had: it does not exist, it does not trust the refresher, or the cluster refuses the Secret.',
      otherwise:
        'New pods that mount its Secret do not start, and running ones lose their credentials within the hour. Others are not affected.',
      look: 'Which namespace and role: kube-aws-iam status; kubectl get events -A --field-selector reason=GetCredentialsFailed (or CreateSecretFailed, UpdateSecretFailed).',
      metric: most('denied'),
      comparison: 'at-least',
      threshold: 1,
      periods: [3, 3],
      missing: 'unknown',
    },
    'roles-refused': {
      severity: 'ticket',
      wrong:
        'For 15 minutes pods or AWSIAMRoles have asked for a role that the stack or their namespace does not allow, or for a name that is taken.',
      otherwise:
        'New pods that ask do not start, and running ones lose their credentials within the hour. Others are not affected.',
      look: 'Which namespace and role: kube-aws-iam status; kubectl get events -A --field-selector reason=RoleForbidden (or CreateSecretFailed, GetCredentialsFailed).',
      metric: most('refused'),
      comparison: 'at-least',
      threshold: 1,
      periods: [3, 3],
      missing: 'unknown',
    },
  } satisfies Record<string, AlarmDefinition>;
}

const EACH_MINUTE = { statistic: Stats.MAXIMUM, period: Duration.minutes(1) };

/** Labelled, as a graph that shows the metric besides shows it under this label. */
const eachMinute = (label: string) => ({ ...EACH_MINUTE, label });

/**
 * A tenant's broken role would page whoever is on call for the cluster, who cannot mend it. But when most of what is in use
 * is denied, it is not the tenants: the refresher's own role is gone, say.
 */
function overdueRenewals(metrics: ClusterMetrics): MathExpression {
  return new MathExpression({
    expression: 'IF(denied * 2 > inUse, overdue, overdue - denied)',
    usingMetrics: {
      denied: metrics.own('refresh', 'renewalsDenied', eachMinute('tenants have to mend')),
      inUse: metrics.own('refresh', 'inUse', eachMinute('in use')),
      overdue: metrics.own('refresh', 'renewalsOverdue', eachMinute('overdue')),
    },
    period: EACH_MINUTE.period,
    label: 'overdue, less what tenants have to mend',
  });
}

function failedSecrets(metrics: ClusterMetrics): MathExpression {
  return new MathExpression({
    expression: 'failed - failedByTenants',
    usingMetrics: {
      failed: metrics.own('refresh', 'failed', eachMinute('failed')),
      failedByTenants: metrics.own('refresh', 'denied', eachMinute('tenants have to mend')),
    },
    period: EACH_MINUTE.period,
    label: 'failed, less what tenants have to mend',
  });
}

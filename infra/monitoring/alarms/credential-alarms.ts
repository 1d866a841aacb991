import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition, AlarmTexts } from './alarm-definition.ts';
import type { ClusterMetrics } from '../metrics.ts';

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
  const each = (name: 'overdueForOperator' | 'failedForOperator', label: string) =>
    metrics.own('refresh', name, {
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(1),
      label,
    });
  return {
    'renewals-overdue': {
      severity: 'page',
      wrong:
        'For 10 minutes credentials in use have not been renewed though it is time, and not because of single roles or quotas that their owners have to mend.',
      otherwise: `The first of them end at most ${minutesLeft} minutes after this alarm (the dashboard says when; short sessions of AWSIAMRoles may have ended), and pods that use them then get errors from AWS.`,
      metric: each('overdueForOperator', 'overdue, the operator has to mend'),
      comparison: 'at-least',
      threshold: 1,
      periods: [MINUTES_OVERDUE, MINUTES_OVERDUE],
      missing: 'unknown',
    },
    'secrets-failing': {
      severity: 'page',
      wrong:
        'For 10 minutes AWS or the cluster has failed to give Secrets that it should give, or denies roles of so many that it is not theirs to mend.',
      otherwise: `New pods that mount them do not start. Where they are renewals, the first credentials end ${minutesLeft} minutes after this alarm or a little later.`,
      metric: each('failedForOperator', 'failed, the operator has to mend'),
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

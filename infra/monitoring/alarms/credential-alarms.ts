import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ClusterMetrics } from '../metrics.ts';
import type { AlarmDefinition, AlarmTexts } from './alarm-definition.ts';

const MINUTES_OVERDUE = 10;

/** Alarms on credentials that are not issued or renewed: two for the operator, two for tenants. */
export function credentialAlarms(metrics: ClusterMetrics, { refreshBeforeMinutes }: AlarmTexts) {
  const minutesLeft = refreshBeforeMinutes - MINUTES_OVERDUE;
  return {
    'renewals-overdue': {
      ...operatorAlarm(metrics, 'overdueForOperator', 'overdue (operator action required)'),
      condition:
        'Credentials in use have been overdue for renewal for 10 minutes, and not only because of individual roles or quotas that tenants must fix.',
      impact: `The first of them expire at most ${minutesLeft} minutes after this alarm (the dashboard shows when; short sessions of AWSIAMRoles may have expired already); AWS calls of pods that use them then fail.`,
    },
    'secrets-failing': {
      ...operatorAlarm(metrics, 'failedForOperator', 'failed (operator action required)'),
      condition:
        'For 10 minutes, Secrets could not be created or renewed because of errors of AWS or the cluster, or because so many roles are denied that individual roles cannot be the cause.',
      impact: `New pods that mount these Secrets do not start. If renewals are affected, the first credentials expire ${minutesLeft} minutes after this alarm or shortly later.`,
    },
    'roles-not-assumable': {
      ...tenantAlarm(metrics, 'denied'),
      condition:
        'For 15 minutes, a role that pods request could not be assumed: it does not exist, it does not trust the refresher, or the cluster rejects the Secret.',
      impact:
        'New pods that mount its Secret do not start, and running pods lose their credentials within the hour. Other pods are not affected.',
      firstStep:
        'Find namespace and role: kube-aws-iam status; kubectl get events -A --field-selector reason=GetCredentialsFailed (or CreateSecretFailed, UpdateSecretFailed).',
    },
    'roles-refused': {
      ...tenantAlarm(metrics, 'refused'),
      condition:
        'For 15 minutes, pods or AWSIAMRoles have requested a role that the stack or their namespace does not allow, or a Secret name that is taken.',
      impact:
        'New pods that request it do not start, and running pods lose their credentials within the hour. Other pods are not affected.',
      firstStep:
        'Find namespace and role: kube-aws-iam status; kubectl get events -A --field-selector reason=RoleForbidden (or CreateSecretFailed, GetCredentialsFailed).',
    },
  } satisfies Record<string, AlarmDefinition>;
}

function operatorAlarm(
  metrics: ClusterMetrics,
  name: 'overdueForOperator' | 'failedForOperator',
  label: string,
) {
  return {
    severity: 'page',
    metric: metrics.custom('refresh', name, {
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(1),
      label,
    }),
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    datapointsToAlarm: MINUTES_OVERDUE,
    evaluationPeriods: MINUTES_OVERDUE,
    treatMissingData: TreatMissingData.IGNORE,
  } as const;
}

function tenantAlarm(metrics: ClusterMetrics, name: 'denied' | 'refused') {
  return {
    severity: 'ticket',
    metric: metrics.custom('refresh', name, {
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(5),
      label: name,
    }),
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    datapointsToAlarm: 3,
    evaluationPeriods: 3,
    treatMissingData: TreatMissingData.IGNORE,
  } as const;
}

import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PASS_PERIOD } from '../../functions/schedules.ts';
import type { ClusterMetrics } from '../metrics.ts';
import {
  type AlarmDefinition,
  type AlarmTexts,
  atLeastOne,
  nameOfService,
  withinSession,
} from './alarm-definition.ts';

const MINUTES_OVERDUE = 10;
/** Each period contains a sweep pass. */
const SWEEP_MINUTES = PASS_PERIOD.sweep.toMinutes();

/**
 * Alarms on credentials that are not issued or renewed: two for the operator, and tickets about single tenants. Those of the
 * refresh function see pods that have not started, existing Secrets and AWSIAMRoles; `credentials-withheld` sees the others.
 */
export function credentialAlarms(metrics: ClusterMetrics, texts: AlarmTexts) {
  const { refreshBeforeMinutes } = texts;
  const within = withinSession(texts);
  const minutesLeft = refreshBeforeMinutes - MINUTES_OVERDUE;
  return {
    'renewals-overdue': {
      ...operatorAlarm(metrics, 'overdueForOperator', 'overdue (operator action required)'),
      condition:
        'Credentials in use have been overdue for renewal for 10 minutes, and the cause is not confined to single namespaces.',
      impact: `The first of them expire at most ${minutesLeft} minutes after this alarm (the dashboard shows when; short sessions of AWSIAMRoles may have expired already); AWS calls of pods that use them then fail.`,
    },
    'secrets-failing': {
      ...operatorAlarm(metrics, 'failedForOperator', 'failed (operator action required)'),
      condition:
        'For 10 minutes, Secrets could not be created or renewed because of errors of AWS or the cluster, or of denied roles, in so many namespaces that single ones cannot be the cause.',
      impact: `New pods that mount these Secrets do not start. If renewals are affected, the first credentials expire ${minutesLeft} minutes after this alarm or shortly later.`,
    },
    'roles-not-assumable': {
      ...tenantAlarm(metrics, 'failedForTenants', 'failed (tenant action required)'),
      condition:
        'For 15 minutes, a role that pods request could not be assumed: it does not exist, it does not trust the refresher, or the cluster rejects the Secret. Or Secrets of one namespace fail for another reason, and those of others do not.',
      impact: `New pods that mount its Secret do not start, and running pods lose their credentials ${within}. Other pods are not affected.`,
      firstStep:
        'Find namespace and role: kube-aws-iam status; kubectl get events -A --field-selector reason=GetCredentialsFailed (or CreateSecretFailed, UpdateSecretFailed).',
    },
    'roles-refused': {
      ...tenantAlarm(metrics, 'refused'),
      condition:
        'For 15 minutes, pods or AWSIAMRoles have requested a role that the stack or their namespace does not allow, a Secret that belongs to somebody else, or more roles than a pod can have.',
      impact: `New pods that request it do not start, and running pods lose their credentials ${within}. Other pods are not affected.`,
      firstStep:
        'Find namespace and role: kube-aws-iam status; kubectl get events -A --field-selector reason=RoleForbidden (or CreateSecretFailed, GetCredentialsFailed, SecretIgnored).',
    },
    'credentials-withheld': {
      severity: 'ticket',
      condition:
        'A sweep pass found pods that have been running for ten minutes and do not get the credentials that they request, or lose them: refused, denied, failed, or deleted again and again.',
      impact: `Credentials that these pods have expire ${within}, the first ones ${refreshBeforeMinutes - SWEEP_MINUTES} minutes after this alarm at the earliest; pods with an optional mount may never have had any. Other pods are not affected.`,
      firstStep: `Find pod and reason: kube-aws-iam status; kubectl get events -A --field-selector type=Warning,reportingComponent=kube-aws-iam; the log of the ${nameOfService('sweep', metrics)}.`,
      ...atLeastOne(
        metrics.custom('sweep', 'withheld', {
          statistic: Stats.MAXIMUM,
          period: Duration.minutes(SWEEP_MINUTES),
          label: 'withheld from running pods',
        }),
        1,
      ),
    },
    'secrets-deferred': {
      ...tenantAlarm(metrics, 'deferred'),
      condition:
        'For 15 minutes, refresh passes have left Secrets to the next pass: too many are missing or denied in one namespace, or the passes run out of time.',
      impact:
        'New pods that mount these Secrets wait. If renewals of several namespaces are affected, renewals-overdue follows before the first credentials expire.',
      firstStep: `Find namespace and reason: the lines "deferred Secret" in the log of the ${nameOfService('refresh', metrics)}; the graph "Not issued, by reason" of the dashboard.`,
    },
    'secrets-deleted': {
      severity: 'ticket',
      condition:
        'In the last 30 minutes, a Secret was created for the third time within an hour: somebody deletes it again and again.',
      impact: `New pods that mount it wait until it is created again, up to a minute. Running pods lose the credentials that they saw last ${within}.`,
      firstStep:
        'Find the Secret: kubectl get events -A --field-selector reason=SecretDeleted. Find out who deletes it: the audit log of the cluster (verb delete, resource secrets).',
      // Deletions half an hour apart are reported, and must not notify each time.
      ...atLeastOne(recreated(metrics), 1, 6),
    },
  } satisfies Record<string, AlarmDefinition>;
}

/** The Secrets that a refresh or a pod event created again and again. Each function knows its own creations only. */
function recreated(metrics: ClusterMetrics): MathExpression {
  const maximum = { statistic: Stats.MAXIMUM, period: Duration.minutes(5) };
  return new MathExpression({
    expression: 'FILL(passes, 0) + FILL(events, 0)',
    usingMetrics: {
      passes: metrics.custom('refresh', 'recreated', maximum),
      events: metrics.custom('events', 'recreated', maximum),
    },
    period: maximum.period,
    label: 'created again and again',
  });
}

function operatorAlarm(
  metrics: ClusterMetrics,
  name: 'overdueForOperator' | 'failedForOperator',
  label: string,
) {
  return {
    severity: 'page',
    ...atLeastOne(
      metrics.custom('refresh', name, {
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(1),
        label,
      }),
      MINUTES_OVERDUE,
    ),
  } as const;
}

function tenantAlarm(
  metrics: ClusterMetrics,
  name: 'failedForTenants' | 'refused' | 'deferred',
  label: string = name,
) {
  return {
    severity: 'ticket',
    ...atLeastOne(
      metrics.custom('refresh', name, {
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(5),
        label,
      }),
      3,
    ),
  } as const;
}

import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ClusterMetrics } from '../metrics.ts';
import {
  type AlarmDefinition,
  type AlarmTexts,
  atLeastOne,
  withinSession,
} from './alarm-definition.ts';

/** The alarm on the login of the functions to a cluster outside EKS, if it is in Secrets Manager. */
export function loginAlarms(metrics: ClusterMetrics, texts: AlarmTexts) {
  return {
    'cluster-login-expires': {
      severity: 'ticket',
      condition:
        'The login of the functions to the cluster expires within 14 days, or within a third of its life if that is less. The product rotates tokens of its own ServiceAccount when half of their life is over: if it is one, its rotation has failed until now.',
      impact: `When it expires, the functions cannot read the cluster: no credentials are issued or renewed, and all expire ${withinSession(texts)}.`,
      firstStep:
        'Find the cause: kube-aws-iam doctor; the line "could not rotate the login to the cluster" in the log of the refresh function. Store a new login: kube-aws-iam connect.',
      // Short-lived tokens leave little time.
      ...atLeastOne(
        metrics.custom('refresh', 'loginExpiresSoon', {
          statistic: Stats.MAXIMUM,
          period: Duration.minutes(5),
          label: 'expires soon',
        }),
        1,
      ),
    },
  } satisfies Record<string, AlarmDefinition>;
}

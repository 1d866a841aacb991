import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { BRAKE } from '../../../contract/limits.ts';
import { PASS_PERIOD, type PassFunction } from '../../functions/schedules.ts';
import type { ClusterMetrics } from '../metrics.ts';
import {
  type AlarmDefinition,
  type AlarmTexts,
  atLeastOne,
  nameOfService,
  withinSession,
} from './alarm-definition.ts';

/** Alarms on passes that do not run, fail, or do not see what they should. */
export function passAlarms(metrics: ClusterMetrics, texts: AlarmTexts) {
  const expiry = `The first credentials expire ${texts.refreshBeforeMinutes} minutes after the last completed pass, all ${withinSession(texts)}; AWS calls of pods that use them then fail. New pods do not start.`;
  return {
    'refresh-stopped': {
      severity: 'page',
      condition: 'No refresh pass completed in the last 5 minutes.',
      impact: expiry,
      metric: completedPasses(metrics, 'refresh', Duration.minutes(5)),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    },
    'sweep-stopped': {
      severity: 'page',
      condition: 'No sweep pass completed in the last 30 minutes.',
      impact:
        'No credentials in use expire. Unused credentials are not removed and are still renewed, and pods that mount a Secret as optional do not receive it. Fix this within the day.',
      metric: completedPasses(metrics, 'sweep', Duration.minutes(30)),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    },
    'runs-failing': {
      severity: 'page',
      condition: 'Refresh passes failed in 3 of the last 5 minutes.',
      impact: `Secrets that a failed pass did not reach are neither created nor renewed. ${expiry}`,
      metric: metrics.failed('refresh', {
        statistic: Stats.SUM,
        period: Duration.minutes(1),
        label: 'failed refresh passes',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 3,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
    'pods-unseen': {
      severity: 'ticket',
      condition:
        'A sweep pass marked most Secrets as unused although running pods mount them: the API server had not listed these pods.',
      impact: `Nothing is lost so far: the marks are removed again. If the API server omits the pods for ${BRAKE.releaseSeconds / 3_600} hours, their Secrets are removed.`,
      ...atLeastOne(
        metrics.custom('sweep', 'wrongMarks', {
          statistic: Stats.MAXIMUM,
          period: Duration.minutes(20),
          label: 'Secrets in use marked as unused',
        }),
        1,
      ),
    },
    'budget-exceeded': {
      severity: 'ticket',
      condition:
        'A sweep pass found a namespace with larger or more objects than the limits of docs/limits.md, for example a pod that uses thousands of Secrets.',
      impact:
        'What exceeds a limit is cut: the namespace gets fewer credentials than it requests, and its unused Secrets may stay. Other namespaces are not affected.',
      firstStep: `Find namespace, limit and value: report.overBudget in the last line "sweep pass" of the log of the ${nameOfService('sweep', metrics)}.`,
      ...atLeastOne(
        metrics.custom('sweep', 'namespacesOverBudget', {
          statistic: Stats.MAXIMUM,
          period: PASS_PERIOD.sweep,
          label: 'namespaces that exceed a limit',
        }),
        1,
      ),
    },
  } satisfies Record<string, AlarmDefinition>;
}

/**
 * Completed passes in one long period, 0 if there are none. Missing data alone would delay the alarm by some periods,
 * because CloudWatch evaluates more periods than configured when data is missing; `FILL` avoids that. A metric without
 * any recent value cannot be filled, so missing data must be breaching as well.
 */
function completedPasses(metrics: ClusterMetrics, service: PassFunction, period: Duration) {
  const runs = metrics.custom(service, 'runsCompleted', { statistic: Stats.SUM, period });
  return new MathExpression({
    expression: 'FILL(runs, 0)',
    usingMetrics: { runs },
    period,
    label: `completed in ${period.toMinutes()} minutes`,
  });
}

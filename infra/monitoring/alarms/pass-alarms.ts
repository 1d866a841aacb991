import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { FunctionName } from '../../functions/bundle.ts';
import type { AlarmDefinition, AlarmTexts } from './alarm-definition.ts';
import type { ClusterMetrics } from '../metrics.ts';

/** The alarms on runs that do not come, fail, or wait for a person. */
export function runAlarms(metrics: ClusterMetrics, { refreshBeforeMinutes }: AlarmTexts) {
  const end = `The first credentials end ${refreshBeforeMinutes} minutes after the last good run, all within the hour; pods that use them then get errors from AWS. New pods wait.`;
  return {
    'refresh-stopped': {
      severity: 'page',
      wrong: 'No refresh of the last 5 minutes has seen all that it should.',
      otherwise: end,
      metric: completedRuns(metrics, 'refresh', Duration.minutes(5)),
      comparison: 'less-than',
      threshold: 1,
      periods: [1, 1],
      missing: 'bad',
    },
    'sweep-stopped': {
      severity: 'page',
      wrong: 'No sweep of the last 30 minutes has seen all that it should.',
      otherwise:
        'Nobody loses credentials. Those that nothing uses any more are not removed and go on being renewed, and pods that mount a Secret as optional do not get it: mend it today.',
      metric: completedRuns(metrics, 'sweep', Duration.minutes(30)),
      comparison: 'less-than',
      threshold: 1,
      periods: [1, 1],
      missing: 'bad',
    },
    'runs-failing': {
      severity: 'page',
      wrong: 'Refreshes or pod events failed in 3 of the last 5 minutes.',
      otherwise: `What they could not see is neither made nor renewed. ${end}`,
      metric: metrics.lambda('refresh', 'Errors', {
        statistic: Stats.SUM,
        period: Duration.minutes(1),
        label: 'failed refreshes and pod events',
      }),
      comparison: 'at-least',
      threshold: 1,
      periods: [3, 5],
      missing: 'good',
    },
    'removal-braked': {
      severity: 'page',
      wrong:
        'A sweep would have marked or removed more than half of all Secrets, and waits for a person.',
      otherwise:
        'Nothing is removed meanwhile and nobody loses credentials; those that nothing uses go on being renewed. Confirmed wrongly, running pods lose theirs within the hour.',
      metric: metrics.own('sweep', 'removalBraked', {
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(20),
        label: 'removal waits for a person',
      }),
      comparison: 'at-least',
      threshold: 1,
      periods: [1, 1],
      missing: 'unknown',
    },
  } satisfies Record<string, AlarmDefinition>;
}

/**
 * Completed runs in one long period, 0 where there are none. An alarm that only takes missing values as bad waits some
 * periods longer, as CloudWatch looks back further than it says; one that is filled does not. A metric that has no value
 * anywhere near cannot be filled, so missing values have to be bad besides.
 */
function completedRuns(metrics: ClusterMetrics, service: FunctionName, period: Duration) {
  const runs = metrics.own(service, 'runsCompleted', { statistic: Stats.SUM, period });
  return new MathExpression({
    expression: 'FILL(runs, 0)',
    usingMetrics: { runs },
    period,
    label: `completed in ${period.toMinutes()} minutes`,
  });
}

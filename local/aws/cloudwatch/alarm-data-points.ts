import type { MetricAlarm } from '../../assembly/resources/metric-alarm.ts';
import { EXTRA_PERIODS } from './evaluate-alarm.ts';
import { evaluateMetricMath, type TimeSeries } from './metric-math.ts';
import type { MetricStore, TimeSpan } from './metric-store.ts';
import { computeStatistic } from './statistic.ts';

/**
 * Returns the data points of an alarm's evaluation range, oldest first, as visible at `now`. Periods are counted back from
 * `now`: each minute, an alarm with a period of five minutes covers a different five minutes.
 */
export function alarmDataPoints(alarm: MetricAlarm, store: MetricStore, now: Date): TimeSeries {
  const spans = evaluationRange(alarm, now);
  const seriesOf = (id: string): TimeSeries => {
    const query = alarm.queries.find((one) => one.id === id);
    if (query?.kind === 'expression') {
      return evaluateMetricMath(query.math, spans.length, seriesOf);
    }
    return spans.map(
      (span) => query && computeStatistic(query.statistic, store.values(query.metric, span, now)),
    );
  };
  return seriesOf(alarm.watchedId);
}

function evaluationRange(
  { evaluationPeriods, periodSeconds }: MetricAlarm,
  now: Date,
): readonly TimeSpan[] {
  const length = evaluationPeriods + EXTRA_PERIODS;
  const back = (periods: number) => new Date(now.getTime() - periods * periodSeconds * 1_000);
  return Array.from({ length }, (_, index) => ({
    from: back(length - index),
    until: back(length - index - 1),
  }));
}

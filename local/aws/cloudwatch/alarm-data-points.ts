import type { MetricAlarm } from '../../assembly/resources/metric-alarm.ts';
import type { MetricQuery } from '../../assembly/resources/metric-query.ts';
import { EXTRA_PERIODS } from './evaluate-alarm.ts';
import { evaluateMetricMath, type TimeSeries } from './metric-math.ts';
import type { MetricStore, TimeSpan } from './metric-store.ts';
import { computeStatistic } from './statistic.ts';

/**
 * The data points of an alarm's evaluation range, as seen at the end of the last period. Periods are counted back from
 * `now`: an alarm of five minutes sees another five each minute, not those of the clock.
 */
export function alarmDataPoints(alarm: MetricAlarm, store: MetricStore, now: Date): TimeSeries {
  const spans = evaluationRange(alarm, now);
  const seriesOf = (id: string): TimeSeries => {
    const query = alarm.queries.find((one) => one.id === id);
    if (query?.kind === 'expression') {
      return evaluateMetricMath(query.math, spans.length, seriesOf);
    }
    return spans.map((span) => query && statistic(query, store, span, now));
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

function statistic(
  query: Extract<MetricQuery, { readonly kind: 'metric' }>,
  store: MetricStore,
  span: TimeSpan,
  now: Date,
): number | undefined {
  return computeStatistic(query.statistic, store.values(query.metric, span, now));
}

/**
 * Computes a statistic of the values of a period; undefined if there are no values.
 *
 * @param name - as in alarms, e.g. `Sum` or `p99.9`
 */
export function computeStatistic(name: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (name) {
    case 'SampleCount':
      return values.length;
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    default:
      return percentileOf(Number(name.slice(1)), values);
  }
}

// The nearest-rank percentile. CloudWatch interpolates between values by a method that is not published.
function percentileOf(percent: number, values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

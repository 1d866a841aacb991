/** A statistic of the values of a period, as alarms name it; nothing when there are no values. */
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

// The smallest value that is not exceeded by so many of a hundred. CloudWatch estimates between values; that is not published.
function percentileOf(percent: number, values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

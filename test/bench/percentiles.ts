/** Returns the percentile for a share from 0 to 1, rounded to a tenth. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return Math.round(value * 10) / 10;
}

/** Returns the median, p90 and p99. */
export function percentiles(numbers: readonly number[]) {
  return {
    p50: percentile(numbers, 0.5),
    p90: percentile(numbers, 0.9),
    p99: percentile(numbers, 0.99),
  };
}

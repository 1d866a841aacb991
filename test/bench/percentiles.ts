/** The value that a share of the numbers does not exceed, rounded to a tenth. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return Math.round(value * 10) / 10;
}

/** p50, p90 and p99 of the numbers. */
export function percentiles(numbers: readonly number[]) {
  return {
    p50: percentile(numbers, 0.5),
    p90: percentile(numbers, 0.9),
    p99: percentile(numbers, 0.99),
  };
}

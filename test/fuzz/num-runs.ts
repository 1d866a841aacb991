import type fc from 'fast-check';

/**
 * Sets the number of runs of a property: `count`, or `FUZZ_RUNS` if it is set. A failure prints the seed and the path that replay
 * it with `fc.assert`.
 */
export function numRuns(count: number): fc.Parameters<unknown> {
  return { numRuns: Number(process.env['FUZZ_RUNS'] ?? count) };
}

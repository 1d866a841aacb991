import type fc from 'fast-check';

/**
 * How often a property is tried: as often as it says, or `FUZZ_RUNS` times. What fails prints its seed and path, with
 * which `fc.assert` replays it.
 */
export function runs(count: number): fc.Parameters<unknown> {
  return { numRuns: Number(process.env['FUZZ_RUNS'] ?? count) };
}

import { describe, expect, it } from 'vitest';
import { runSeed, type SeedInput } from './run-seed.ts';

const world = (seed: number): SeedInput => ({ seed, days: 0.25 });

describe('a simulated world', () => {
  it('has the same facts for the same seed', async () => {
    const [once, again, other] = [
      await runSeed(world(1)),
      await runSeed(world(1)),
      await runSeed(world(2)),
    ];
    expect(again).toEqual(once);
    expect(other.digest).not.toBe(once.digest);
  });

  it.each([11])('of seed %i has faults and breaks no rule', async (seed) => {
    const { violations, counts } = await runSeed(world(seed));
    expect(violations).toEqual([]);
    expect(counts.faults).toBeGreaterThan(0);
    expect(counts.renewed).toBeGreaterThan(0);
  });

  it.each([66])('of seed %i has a hostile tenant and breaks no rule', async (seed) => {
    const { violations, counts } = await runSeed({ seed, days: 0.15 });
    expect(violations).toEqual([]);
    expect(counts.attacks).toBeGreaterThan(5);
  });
});

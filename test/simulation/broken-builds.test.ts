import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Violation } from '../invariants/facts.ts';
import { MISTAKES, type Mistake } from './mistakes.ts';
import { runSeed, type SeedInput } from './run-seed.ts';
import { TENANT_MISTAKES } from './tenant-mistakes.ts';

const ALL = [...MISTAKES, ...TENANT_MISTAKES];

/** What was detected first. */
interface Detection {
  /** The random world in which it was detected; absent in a race. */
  readonly world?: SeedInput;
  readonly violations: readonly Violation[];
}

/** The number of worlds to look in before giving up. */
const MAX_WORLDS = 40;

/** The length of each world, in days, unless a mistake needs longer. */
const DAYS = 0.25;

describe('the simulation', { timeout: 120_000 }, () => {
  afterEach(() => {
    for (const { module } of ALL.flatMap(({ changes }) => changes)) vi.doUnmock(module);
    vi.resetModules();
  });

  it.each(ALL)('detects a product that $mistake', async (mistake) => {
    makeMistake(mistake);
    const { lookIn } = mistake;
    const detection =
      'seed' in lookIn ? await lookInWorlds(lookIn) : await lookInRaces(lookIn.interference);
    expect(mistake.detectedBy).toContain(detection?.violations[0]?.invariant);
    const { world } = detection ?? {};
    // The mistake was detected, and the world itself is not at fault.
    if (world !== undefined) expect(await violationsWithoutMistake(world)).toEqual([]);
  });
});

/** Loads the product with the mistake from now on. */
function makeMistake({ changes }: Mistake): void {
  vi.resetModules();
  for (const { module, replace } of changes) {
    vi.doMock(module, async (importOriginal) => {
      const original = await importOriginal<object>();
      return { ...original, ...replace(original) };
    });
  }
}

async function lookInWorlds({
  seed: first,
  days = DAYS,
}: Extract<Mistake['lookIn'], { readonly seed: number }>): Promise<Detection | undefined> {
  const broken = await import('./run-seed.ts');
  for (let seed = first; seed < first + MAX_WORLDS; seed += 1) {
    const world = { seed, days };
    const { violations } = await broken.runSeed(world);
    if (violations.length > 0) return { world, violations };
  }
  return undefined;
}

async function lookInRaces(interference: string): Promise<Detection | undefined> {
  const { RACES, raceFailures } = await import('./scenarios/races.ts');
  for (const race of RACES.filter((one) => one.interference === interference)) {
    for await (const failure of raceFailures(race)) return failure;
  }
  return undefined;
}

const known = new Map<string, ReturnType<typeof runSeed>>();

/** Runs the world with the product as it is, once for all mistakes that are detected in it. */
async function violationsWithoutMistake(world: SeedInput): Promise<readonly Violation[]> {
  const key = JSON.stringify(world);
  const result = known.get(key) ?? runSeed(world);
  known.set(key, result);
  return (await result).violations;
}

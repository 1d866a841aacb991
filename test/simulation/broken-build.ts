/**
 * The product with something wrong in it, simulated until that is found out: a process of its own, so that the tests of the
 * process that starts it have the product as it is. Its argument is a {@link BrokenBuild}; it writes a {@link Discovery}, or
 * `null`, to its standard output.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { Violation } from '../invariants/facts.ts';
import type { SeedInput } from './run-seed.ts';

/** A wrong line. */
export interface WrongLine {
  /** The file, from the top of the repository. */
  readonly file: string;
  /** What stands there, once. */
  readonly text: string;
  /** What is put in its place. */
  readonly instead: string;
}

/** What is wrong, and where to look for what comes of it. */
export interface BrokenBuild {
  readonly lines: readonly WrongLine[];
  /** Random worlds, of this seed and the next ones; or what a rival does while a run is under way. */
  readonly lookIn: { readonly seed: number } | { readonly rival: string };
}

/** What was found out first. */
export interface Discovery {
  /** The random world where it was; absent when it was in a race. */
  readonly world?: SeedInput;
  readonly violations: readonly Violation[];
}

/** How many worlds are looked through at most. */
const WORLDS = 40;

/** How long each of them is, in days. */
const DAYS = 0.5;

const [, , argument] = process.argv;
if (argument === undefined) throw new Error('the argument is missing: what is wrong');
const { lines, lookIn }: BrokenBuild = JSON.parse(argument);
breakModules(lines);
const discovery =
  'seed' in lookIn ? await lookInSeeds(lookIn.seed) : await lookInRaces(lookIn.rival);
process.stdout.write(JSON.stringify(discovery ?? null));

/** Breaks modules of the product before they are loaded. @throws when what is to be replaced is not there once */
function breakModules(wrong: readonly WrongLine[]): void {
  const broken = new Map(
    wrong.map(({ file, text, instead }) => {
      const { href } = new URL(`../../${file}`, import.meta.url);
      const source = readFileSync(new URL(href), 'utf8');
      const times = source.split(text).length - 1;
      if (times !== 1) throw new Error(`${file} has ${times} times, and not once: ${text}`);
      return [href, source.replace(text, () => instead)] as const;
    }),
  );
  registerHooks({
    load(url, context, nextLoad) {
      const source = broken.get(url);
      return source === undefined
        ? nextLoad(url, context)
        : { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}

async function lookInSeeds(first: number): Promise<Discovery | undefined> {
  const { runSeed } = await import('./run-seed.ts');
  for (let seed = first; seed < first + WORLDS; seed += 1) {
    const world = { seed, days: DAYS };
    const { violations } = await runSeed(world);
    if (violations.length > 0) return { world, violations };
  }
  return undefined;
}

async function lookInRaces(rival: string): Promise<Discovery | undefined> {
  const { RACES, harmsOf } = await import('./rivals.ts');
  for (const race of RACES.filter((one) => one.rival === rival)) {
    for await (const harm of harmsOf(race)) return harm;
  }
  return undefined;
}

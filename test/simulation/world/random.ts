import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A pseudo-random number generator, deterministic for its seed. */
export interface Random {
  /** Returns an integer from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** Returns true with the given probability, from 0 to 1. */
  chance(probability: number): boolean;
  /** @throws {Error} if `choices` is empty */
  pick<T>(choices: readonly T[]): T;
  /** Returns an exponentially distributed interval of at least 1. */
  wait(mean: number): number;
}

/** Creates a generator for a purpose, so that its use does not change the numbers of others. Purposes are part of the seed. */
export function createRandom(seed: number, purpose: string): Random {
  let hash = seed | 0;
  for (const character of purpose) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  const generator = xoroshiro128plus(hash);
  const int = (min: number, max: number) => uniformInt(generator, min, max);
  return {
    int,
    chance: (probability) => uniformFloat64(generator) < probability,
    pick(choices) {
      const choice = choices[int(0, choices.length - 1)];
      if (choice === undefined) throw new Error('no choices to pick from');
      return choice;
    },
    wait: (mean) => Math.max(1, Math.round(-Math.log(1 - uniformFloat64(generator)) * mean)),
  };
}

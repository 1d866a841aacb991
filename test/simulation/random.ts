import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random numbers that are the same for the same seed. */
export interface Random {
  /** A whole number, both ends included. */
  int(least: number, most: number): number;
  /** True once in so many times: 1 is always, 0 never. */
  chance(share: number): boolean;
  /** @throws when there is nothing to pick */
  pick<T>(choices: readonly T[]): T;
  /** A wait between things that come once in `mean` on average, never nothing. */
  wait(mean: number): number;
}

/** Makes a source of its own for each `purpose`, so that one that is asked more often does not change the others. */
export function createRandom(seed: number, purpose: string): Random {
  let hash = seed | 0;
  for (const character of purpose) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  const generator = xoroshiro128plus(hash);
  const int = (least: number, most: number) => uniformInt(generator, least, most);
  return {
    int,
    chance: (share) => uniformFloat64(generator) < share,
    pick(choices) {
      const choice = choices[int(0, choices.length - 1)];
      if (choice === undefined) throw new Error('there is nothing to pick');
      return choice;
    },
    wait: (mean) => Math.max(1, Math.round(-Math.log(1 - uniformFloat64(generator)) * mean)),
  };
}

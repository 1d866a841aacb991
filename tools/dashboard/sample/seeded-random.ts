import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Creates a generator of pseudo-random numbers from 0 to 1, deterministic for its seed. */
export function seededRandom(seed: string): () => number {
  const generator = xoroshiro128plus(createHash('sha256').update(seed).digest().readInt32LE());
  return () => uniformFloat64(generator);
}

import { describe, expect, it } from 'vitest';
import { harmsOf, RACES } from './rivals.ts';

describe.each(RACES)('$run while $rival', (race) => {
  it('does no harm, whichever of its calls that comes before', async () => {
    expect(await harmsOf(race)).toEqual([]);
  });
});

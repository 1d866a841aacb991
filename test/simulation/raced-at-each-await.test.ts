import { describe, expect, it } from 'vitest';
import { type Harm, harmsOf, RACES } from './rivals.ts';

describe.each(RACES)('$run while $rival', (race) => {
  it('does no harm, whichever of its calls that comes before', async () => {
    const harms: Harm[] = [];
    for await (const harm of harmsOf(race)) harms.push(harm);
    expect(harms).toEqual([]);
  });
});

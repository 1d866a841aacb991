import { describe, expect, it } from 'vitest';
import { RACES, type RaceFailure, raceFailures } from './scenarios/races.ts';

describe.each(RACES)('$pass while $interference', (race) => {
  it('breaks no rule, at any of its calls', async () => {
    const failures: RaceFailure[] = [];
    for await (const failure of raceFailures(race)) failures.push(failure);
    expect(failures).toEqual([]);
  });
});

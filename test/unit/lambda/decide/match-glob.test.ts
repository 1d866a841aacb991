import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGlob } from '../../../../lambda/decide/namespace-permission.ts';

describe('matchGlob', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'anything/at:all', true],
    ['app-*', 'app-', true],
    ['app-*', 'app-orders', true],
    ['app-*', 'my-app-orders', false],
    ['*-reader', 'orders-reader', true],
    ['*-reader', 'orders-reader-2', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['a*a', 'a', false],
  ])('%j on %j is %s', (pattern, text, expected) => {
    expect(matchGlob(pattern, text)).toBe(expected);
  });

  it.each([
    ['rol?', 'role', '?', true],
    ['rol?', 'rol', '?', false],
    ['?*', '', '?', false],
    ['rol?', 'role', undefined, false],
    ['rol?', 'rol?', undefined, true],
  ] as const)('%j on %j with %j for one character is %s', (pattern, text, anyOne, expected) => {
    expect(matchGlob(pattern, text, anyOne)).toBe(expected);
  });

  it('agrees with a regular expression on every short pattern', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 });
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        const source = glob.replaceAll('?', '.').replaceAll('*', '.*');
        expect(matchGlob(glob, name, '?')).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('ends on a pattern that makes backtracking matchers hang', () => {
    expect(matchGlob(`${'*a'.repeat(2_000)}b`, 'a'.repeat(2_000))).toBe(false);
  });
});

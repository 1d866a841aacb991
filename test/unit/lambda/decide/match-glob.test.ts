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
  ])('%j matches %j: %s', (pattern, text, expected) => {
    expect(matchGlob(pattern, text)).toBe(expected);
  });

  it.each([
    ['rol?', 'role', '?', true],
    ['rol?', 'rol', '?', false],
    ['?*', '', '?', false],
    ['rol?', 'role', undefined, false],
    ['rol?', 'rol?', undefined, true],
  ] as const)(
    '%j matches %j with %j for a single character: %s',
    (pattern, text, single, expected) => {
      expect(matchGlob(pattern, text, single)).toBe(expected);
    },
  );

  it('matches like a regular expression for all short patterns', () => {
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

  it('finishes for a pattern that stalls backtracking matchers', () => {
    expect(matchGlob(`${'*a'.repeat(2_000)}b`, 'a'.repeat(2_000))).toBe(false);
  });
});

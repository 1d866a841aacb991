import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../../local/kubernetes/errors/api-error.ts';
import { parseLabelSelector } from '../../../../../local/kubernetes/queries/selectors.ts';

describe('parseLabelSelector', () => {
  it.each([
    ['a=b', { a: 'b' }, true],
    ['a == b', { a: 'b' }, true],
    ['a=b', {}, false],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a=', { a: '' }, true],
    ['a', { a: '' }, true],
    ['!a', { a: 'b' }, false],
    ['! a', {}, true],
    ['a in (b, c),d', { a: 'c', d: 'x' }, true],
    ['a in (b, c),d', { a: 'c' }, false],
    ['a notin (b)', {}, true],
    ['example.com/a_b in (x)', { 'example.com/a_b': 'x' }, true],
  ])('%s of %j is %s', (selector, labels, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it.each(['a in', 'a in b', 'a===b', '=b', 'a=b,', 'a b'])('refuses %j', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(ApiError);
  });

  it('selects with notin what in leaves', () => {
    const value = fc.constantFrom('a', 'b', 'c', undefined);
    const values = fc.subarray(['a', 'b', 'c'], { minLength: 1 });
    fc.assert(
      fc.property(value, values, (label, list) => {
        const labels = { key: label };
        const isIn = parseLabelSelector(`key in (${list.join(',')})`)(labels);
        expect(parseLabelSelector(`key notin (${list.join(',')})`)(labels)).toBe(!isIn);
      }),
    );
  });
});

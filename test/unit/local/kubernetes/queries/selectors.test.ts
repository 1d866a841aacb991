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
  ])('%s of %j is %s', (selector, labels, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it.each(['a in', 'a in b', 'a in (b', 'a in (b)', 'a===b', '=b', 'a=b,', 'a b'])(
    'refuses %j',
    (selector) => {
      expect(() => parseLabelSelector(selector)).toThrow(ApiError);
    },
  );
});

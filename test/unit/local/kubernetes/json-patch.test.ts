import { describe, expect, it } from 'vitest';
import { applyJsonPatch } from '../../../../local/kubernetes/json-patch.ts';

describe('applyJsonPatch', () => {
  it.each([
    ['adds to an object', [{ op: 'add', path: '/b', value: 2 }], { a: [1, 2], b: 2 }],
    ['adds into a list', [{ op: 'add', path: '/a/1', value: 9 }], { a: [1, 9, 2] }],
    ['adds at the end of a list', [{ op: 'add', path: '/a/-', value: 9 }], { a: [1, 2, 9] }],
    ['replaces in a list', [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2] }],
    ['replaces the whole', [{ op: 'replace', path: '', value: { c: 1 } }], { c: 1 }],
    ['removes from a list', [{ op: 'remove', path: '/a/0' }], { a: [2] }],
    ['moves', [{ op: 'move', from: '/a', path: '/x~1y' }], { 'x/y': [1, 2] }],
    ['copies', [{ op: 'copy', from: '/a/0', path: '/~0' }], { a: [1, 2], '~': 1 }],
    ['tests by value', [{ op: 'test', path: '/a', value: [1, 2] }], { a: [1, 2] }],
  ])('%s', (_what, patch, expected) => {
    expect(applyJsonPatch({ a: [1, 2] }, patch)).toEqual(expected);
  });

  it.each([
    ['beyond a list', [{ op: 'add', path: '/a/3', value: 9 }]],
    ['at no place of a list', [{ op: 'add', path: '/a/x', value: 9 }]],
    ['what is not there', [{ op: 'replace', path: '/b', value: 9 }]],
    ['below what is not there', [{ op: 'add', path: '/b/c', value: 9 }]],
    ['after a test that fails', [{ op: 'test', path: '/a/0', value: 2 }]],
  ])('changes nothing %s', (_what, patch) => {
    expect(() => applyJsonPatch({ a: [1, 2] }, patch)).toThrow(Error);
  });

  it('leaves the document that it was given as it was', () => {
    const document = { a: [1, 2] };
    applyJsonPatch(document, [{ op: 'remove', path: '/a' }]);
    expect(document).toEqual({ a: [1, 2] });
  });
});

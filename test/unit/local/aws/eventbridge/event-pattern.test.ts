import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EventPatternError,
  parseEventPattern,
} from '../../../../../local/aws/eventbridge/event-pattern.ts';

const EVENT = {
  version: '0',
  source: 'shop.till',
  'detail-type': 'Sold',
  resources: ['arn:aws:sqs:eu-central-1:123456789012:a', 'arn:aws:sqs:eu-central-1:123456789012:b'],
  detail: {
    amount: 3,
    paid: true,
    note: null,
    empty: [],
    customer: { name: 'Ada' },
    items: [
      { id: 'tea', count: 1 },
      { id: 'pot', count: 2 },
    ],
  },
};

describe('an event pattern', () => {
  it.each<[object, boolean]>([
    [{ source: ['shop.till'], 'detail-type': ['Sold'] }, true],
    [{ source: ['shop.till'], 'detail-type': ['Returned'] }, false],
    [{ source: ['other', 'shop.till'] }, true],
    [{ source: ['SHOP.TILL'] }, false],
    [{ source: ['shop'] }, false],
    [{ account: ['123456789012'] }, false],
    [{ detail: { amount: [3] } }, true],
    [{ detail: { amount: ['3'] } }, false],
    [{ detail: { paid: [true] } }, true],
    [{ detail: { note: [null] } }, true],
    [{ detail: { missing: [null] } }, false],
    [{ detail: { customer: { name: ['Ada'] } } }, true],
    [{ detail: { customer: ['Ada'] } }, false],
    [{ resources: ['arn:aws:sqs:eu-central-1:123456789012:b'] }, true],
    [{ detail: { items: { id: ['tea'], count: [1] } } }, true],
    [{ detail: { items: { id: ['tea'], count: [2] } } }, false],
    [{ source: [{ prefix: 'shop.' }] }, true],
    [{ source: [{ prefix: 'hop' }] }, false],
    [{ detail: { amount: [{ prefix: '3' }] } }, false],
    [{ source: [{ 'anything-but': 'shop.till' }] }, false],
    [{ source: [{ 'anything-but': ['a', 'b'] }] }, true],
    [{ detail: { amount: [{ 'anything-but': [3, 4] }] } }, false],
    [{ detail: { missing: [{ 'anything-but': 'x' }] } }, false],
    [{ detail: { amount: [{ exists: true }] } }, true],
    [{ detail: { missing: [{ exists: true }] } }, false],
    [{ detail: { missing: [{ exists: false }] } }, true],
    [{ detail: { amount: [{ exists: false }] } }, false],
    [{ gone: { missing: [{ exists: false }] } }, true],
    [{ detail: { empty: { missing: [{ exists: false }] } } }, true],
    [{ detail: { customer: [{ exists: true }] } }, false],
    [{ detail: { amount: [4, { exists: true }] } }, true],
    [{ toString: [{ exists: true }] }, false],
    [{ detail: { wildcard: [{ exists: false }] } }, true],
  ])('%j matches: %s', (pattern, expected) => {
    expect(parseEventPattern(pattern)(EVENT)).toBe(expected);
  });

  it.each<[object, object, boolean]>([
    // A field is absent only if no element has it, ...
    [{ a: { b: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 1 }] }, false],
    [{ a: { b: [{ exists: false }] } }, { a: [{ c: 1 }, { c: 2 }] }, true],
    [{ a: { b: [{ exists: false }] } }, { a: [['x'], { b: 'x' }] }, false],
    // ... or not the element that fields earlier in the alphabet matched.
    [{ a: { b: [1], c: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 1 }] }, true],
    [{ a: { c: [1], b: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 1 }] }, false],
    [{ a: { b: [1], c: [2, { exists: false }] } }, { a: [{ b: 1, c: 3 }, { b: 1 }] }, true],
    [{ a: { b: { c: [1], d: [2] } } }, { a: [{ b: [{ c: 1 }, { d: 2 }] }] }, false],
    [{ a: { b: { c: [1], d: [2] } } }, { a: [{ b: [{ d: 0 }, { c: 1, d: 2 }] }] }, true],
    [{ a: { b: [1] }, c: [1] }, { a: [{ b: 0 }, { b: 1 }], c: [0, 1] }, true],
    // An object in a list of values does not hide the values.
    [{ a: ['x'], 'a.b': [1] }, { a: ['x', { b: 1 }] }, true],
    // A dot in a name is the same as a level.
    [{ 'a.b': ['x'] }, { a: { b: 'x' } }, true],
    [{ a: { b: ['x'] } }, { 'a.b': 'x' }, true],
    [{ 'a.b': { c: ['x'] } }, { a: { 'b.c': ['x'] } }, true],
    [{ 'a.b': [{ exists: false }] }, { a: { b: 'x' } }, false],
    [{ 'a.b': [{ exists: false }] }, { a: [{ b: 'x' }] }, false],
    [{ 'a.b': ['x'] }, { a: 'x', b: 'x' }, false],
  ])('%j matches %j: %s', (pattern, event, expected) => {
    expect(parseEventPattern(pattern)(event)).toBe(expected);
  });

  it.each<[unknown, string]>([
    [[], 'Event pattern is not valid. Reason: Filter is not an object'],
    [{}, 'Reason: Empty objects are not allowed'],
    [{ detail: {} }, 'Reason: Empty objects are not allowed'],
    [{ source: [] }, 'Reason: Empty arrays are not allowed'],
    [{ source: 'shop' }, 'Reason: "source" must be an object or an array'],
    [{ source: [['shop']] }, 'Reason: Match value must be'],
    [{ source: [{}] }, 'Reason: Match expression name not found'],
    [{ source: [{ prefix: 'a', exists: true }] }, 'Reason: Only one key allowed'],
    [{ source: [{ EXISTS: true }] }, 'Reason: Unrecognized match type EXISTS'],
    [{ source: [{ exists: 'yes' }] }, 'Reason: exists match pattern must be'],
    [{ source: [{ prefix: 1 }] }, 'Reason: prefix match pattern must be a string'],
    [{ source: [{ 'anything-but': ['a', 1] }] }, 'Reason: Inside anything but list'],
    [{ source: [{ 'anything-but': [] }] }, 'Reason: Inside anything but list, either'],
    [{ source: [{ 'anything-but': [true] }] }, 'Reason: Inside anything but list, start'],
    [{ source: [{ 'anything-but': null }] }, 'Reason: Value of anything-but must be an array'],
    [
      { source: [{ prefix: { 'equals-ignore-case': 'a' } }] },
      'operator prefix equals-ignore-case;',
    ],
    [{ source: [{ 'anything-but': { prefix: 'a' } }] }, 'operator anything-but prefix;'],
    [{ source: [{ wildcard: 'a*' }] }, 'operator wildcard;'],
    [{ detail: { amount: [{ numeric: ['>', 1] }] } }, 'operator numeric;'],
    [{ source: [{ exactly: 'a' }] }, 'operator exactly;'],
    [{ $or: [{ source: ['a'] }] }, 'operator $or;'],
    [{ 'a.b': ['x'], a: { b: ['y'] } }, 'not supported here: field a.b occurs twice'],
  ])('%j is rejected', (pattern, message) => {
    expect(() => parseEventPattern(pattern)).toThrow(EventPatternError);
    expect(() => parseEventPattern(pattern)).toThrow(message);
  });

  it('made of the scalars of any event matches the event, whatever else it contains', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const name = fc.string({ minLength: 1 }).filter((key) => !/^(\$or|__proto__)$/.test(key));
    const detail = fc.dictionary(name, scalar, { minKeys: 1 });
    fc.assert(
      fc.property(detail, fc.dictionary(name, fc.jsonValue()), (fields, more) => {
        const listed = Object.entries(fields).map(([key, value]) => [key, [value]] as const);
        const matches = parseEventPattern({ detail: Object.fromEntries(listed) });
        expect(matches({ detail: { ...more, ...fields } })).toBe(true);
      }),
    );
  });

  it('handles any event', () => {
    const matches = parseEventPattern({
      source: [{ prefix: 'a' }],
      detail: { a: { b: ['x', { 'anything-but': 1 }] }, c: [{ exists: false }] },
    });
    fc.assert(
      fc.property(fc.jsonValue(), (event) => {
        expect(typeof matches(event)).toBe('boolean');
      }),
    );
  });
});

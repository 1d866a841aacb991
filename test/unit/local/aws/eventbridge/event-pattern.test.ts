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

  it.each<[unknown, string]>([
    [[], 'Event pattern is not valid. Reason: Filter is not an object'],
    [{}, 'Reason: Empty objects are not allowed'],
    [{ detail: {} }, 'Reason: Empty objects are not allowed'],
    [{ source: [] }, 'Reason: Empty arrays are not allowed'],
    [{ source: 'shop' }, 'Reason: "source" must be an object or an array'],
    [{ source: [['shop']] }, 'Reason: Match value must be'],
    [{ source: [{}] }, 'Reason: Empty objects are not allowed'],
    [{ source: [{ prefix: 'a', exists: true }] }, 'Reason: Only one key allowed'],
    [{ source: [{ EXISTS: true }] }, 'Reason: Unrecognized match type EXISTS'],
    [{ source: [{ exists: 'yes' }] }, 'Reason: exists match pattern must be'],
    [{ source: [{ prefix: 1 }] }, 'Reason: prefix match pattern must be a string'],
    [{ source: [{ 'anything-but': ['a', 1] }] }, 'Reason: Inside anything but list'],
    [{ source: [{ 'anything-but': null }] }, 'Reason: Inside anything but list'],
    [
      { source: [{ prefix: { 'equals-ignore-case': 'a' } }] },
      'operator prefix equals-ignore-case;',
    ],
    [{ source: [{ 'anything-but': { prefix: 'a' } }] }, 'operator anything-but prefix;'],
    [{ source: [{ wildcard: 'a*' }] }, 'operator wildcard;'],
    [{ detail: { amount: [{ numeric: ['>', 1] }] } }, 'operator numeric;'],
    [{ $or: [{ source: ['a'] }] }, 'operator $or;'],
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

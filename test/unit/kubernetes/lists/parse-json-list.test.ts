import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJsonList } from '../../../../kubernetes/lists/parse-json-list.ts';

const MAX = 64;
const parse = (text: string, max = MAX) => parseJsonList(Buffer.from(text), max);

/** What is parsed of the only object of a list. */
const parsedItem = (item: object, spacing?: number) =>
  parse(JSON.stringify({ kind: 'List', metadata: {}, items: [item] }, undefined, spacing))
    ?.items?.[0];

const LONG = 'x'.repeat(MAX);

it.each([
  ['a text', { spec: { role: LONG } }, { spec: { role: MAX + 2 } }],
  ['the longest text', { spec: { role: LONG.slice(2) } }, { spec: { role: LONG.slice(2) } }],
  ['a text of quotes', { spec: { role: '"'.repeat(MAX) } }, { spec: { role: 2 * MAX + 2 } }],
  [
    'a text of brackets',
    { spec: { a: '}]'.repeat(9), b: 1 } },
    { spec: { a: '}]'.repeat(9), b: 1 } },
  ],
  [
    'an object',
    { metadata: { labels: { [LONG]: 'x' }, name: 'a' } },
    { metadata: { labels: MAX + 8, name: 'a' } },
  ],
  [
    'an array',
    { status: { conditions: [[LONG], 1], b: LONG } },
    { status: { conditions: MAX + 8, b: MAX + 2 } },
  ],
  [
    'each of several',
    { spec: { a: LONG, b: 2, c: LONG } },
    { spec: { a: MAX + 2, b: 2, c: MAX + 2 } },
  ],
  [
    'an element of an array in place of a section',
    { spec: [LONG, 'b', LONG] },
    { spec: [MAX + 2, 'b', MAX + 2] },
  ],
  [
    'characters of several bytes',
    { spec: { a: '😀'.repeat(16), b: 'é' } },
    { spec: { a: MAX + 2, b: 'é' } },
  ],
])('replaces a large field by its size: %s', (_, item, expected) => {
  expect(parsedItem(item)).toEqual(expected);
});

it('leaves fields outside of sections, and text outside of objects, as they are', () => {
  const list = {
    kind: LONG,
    metadata: { continue: LONG, a: { b: [LONG] } },
    items: [{ kind: LONG }],
  };
  expect(parse(JSON.stringify(list))).toEqual(list);
});

it.each([
  '{"items":[{}]',
  '{"items":[{"spec":{"a":}}]}',
  '[1',
  '{"items":[1,{}]}',
  '{"items":[{}}',
  '',
  '}',
])('rejects %s', (text) => {
  expect(() => parse(text)).toThrow(SyntaxError);
});

it.each(['null', '{}', '{"items":null}', '{"items":[]}'])('parses %s', (text) => {
  expect(parse(text)).toEqual(JSON.parse(text));
});

it('returns what JSON.parse returns if no field is large, for any list and any white space', () => {
  const item = fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()));
  const metadata = fc.dictionary(fc.string(), fc.string());
  const list = fc.record({ kind: fc.string(), metadata, items: fc.array(item) });
  fc.assert(
    fc.property(list, fc.nat(2), (value, spacing) => {
      const text = JSON.stringify(value, undefined, spacing);
      expect(parse(text, Number.POSITIVE_INFINITY)).toEqual(JSON.parse(text));
    }),
  );
});

it('replaces exactly the large fields of any list', () => {
  const field = fc.oneof(fc.string({ maxLength: 200 }), fc.jsonValue());
  const item = fc.dictionary(fc.string(), fc.dictionary(fc.string(), field));
  const expectedField = (value: unknown) => {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    return bytes > MAX ? bytes : JSON.parse(JSON.stringify(value));
  };
  fc.assert(
    fc.property(fc.array(item), (items) => {
      const expected = items.map((one) =>
        mapValues(one, (section) => mapValues(section, expectedField)),
      );
      expect(parse(JSON.stringify({ items }))).toEqual({ items: expected });
    }),
  );
});

function mapValues<T, U>(object: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

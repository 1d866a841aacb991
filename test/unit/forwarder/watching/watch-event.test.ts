import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineSplitter, podNamespaceIn } from '../../../../forwarder/watching/watch-event.ts';

describe('lineSplitter', () => {
  it('returns the same lines for any chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 })),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (texts, sizes) => {
          const lines = texts.map((text) => JSON.stringify(text));
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const split = lineSplitter();
          const seen: unknown[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            seen.push(...split(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(seen).toEqual(lines.map((text) => ({ text, isTooLong: false })));
        },
      ),
    );
  });

  it('omits empty lines', () => {
    expect(lineSplitter()(Buffer.from('\n \r\n{}\n'))).toEqual([{ text: '{}', isTooLong: false }]);
  });

  it.each([1, 3, 64, 10_000])(
    'keeps the start of a line that is too long, in chunks of %i bytes',
    (size) => {
      const lines = ['short', `{"long":${'1'.repeat(4_000)}}`, 'x'.repeat(2_000), 'after'];
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const split = lineSplitter(2_000);
      const seen: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size)
        seen.push(...split(bytes.subarray(at, at + size)));
      expect(seen).toEqual([
        { text: 'short', isTooLong: false },
        { text: expect.stringMatching(/^\{"long":1{500,1100}$/), isTooLong: true },
        { text: lines[2], isTooLong: false },
        { text: 'after', isTooLong: false },
      ]);
    },
  );

  it('rejects an endless line', () => {
    const split = lineSplitter();
    const chunk = Buffer.alloc(1_000_000, 'x');
    expect(() => {
      for (let chunks = 0; chunks < 17; chunks += 1) split(chunk);
    }).toThrow('more than 16000000 bytes');
  });
});

describe('podNamespaceIn', () => {
  const start = (metadata: string, kind = 'Pod') =>
    `{"type":"ADDED","object":{"kind":"${kind}","apiVersion":"v1","metadata":{${metadata}`;

  it.each([
    ['"name":"a","namespace":"shop","uid":"1"', 'shop'],
    ['"name":"a-x7","generateName":"a-","namespace":"shop","uid":"1"', 'shop'],
    ['"name":"a","labels":{"namespace":"victim"},"namespace":"shop"', undefined],
    ['"annotations":{"namespace":"victim"},"name":"a","namespace":"shop"', undefined],
    ['"name":"a","uid":"1"', undefined],
    ['"name":"a","namespace":"$(reboot)"', undefined],
    ['"name":"', undefined],
  ])('reads it where the API server writes it: %s', (metadata, expected) => {
    expect(podNamespaceIn(start(metadata))).toBe(expected);
  });

  it('reads no other object, whose owner may control what comes first', () => {
    expect(podNamespaceIn(start('"name":"a","namespace":"shop"', 'AWSIAMRole'))).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../../../forwarder/watching/watch-event.ts';

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
          const seen: string[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            seen.push(...split(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(seen).toEqual(lines);
        },
      ),
    );
  });

  it('omits empty lines', () => {
    expect(lineSplitter()(Buffer.from('\n \r\n{}\n'))).toEqual(['{}']);
  });

  it('rejects an endless line', () => {
    const split = lineSplitter(10);
    split(Buffer.from('0123456789'));
    expect(() => split(Buffer.from('0'))).toThrow('more than 10 bytes');
  });
});

import { describe, expect, it } from 'vitest';
import { printable, printableJson } from '../../../../tools/terminal/printable.ts';

describe('printable', () => {
  it.each([
    ['colour sequences', '\u001b[31mred', '[31mred'],
    ['C1 controls', 'a\u009b31mb', 'a31mb'],
    ['DEL and NUL', 'a\u007f\u0000b', 'ab'],
    ['bidirectional overrides', 'a\u202eb\u2066c\u200fd', 'abcd'],
    ['zero-width characters', 'a\u200bb\ufeffc', 'abc'],
    ['lone surrogates', 'a\ud800b', 'ab'],
  ])('removes %s', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('replaces line breaks and tabs by a space', () => {
    expect(printable('a\r\n\tb\u2028c\u0085d')).toBe('a b c d');
  });

  it('keeps letters of any script', () => {
    expect(printable('äß漢字😀')).toBe('äß漢字😀');
  });
});

it('printableJson escapes unprintable characters and loses none', () => {
  const value = { name: '\u001b[31m\u009b\u202e\u{e0041}äß', list: ['\n'] };
  const text = printableJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

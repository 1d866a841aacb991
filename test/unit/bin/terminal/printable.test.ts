import { describe, expect, it } from 'vitest';
import { printable, printableJson } from '../../../../bin/terminal/printable.ts';

describe('printable', () => {
  it.each([
    ['a colour', '\u001b[31mred', '[31mred'],
    ['a C1 control', 'a\u009b31mb', 'a31mb'],
    ['DEL and NUL', 'a\u007f\u0000b', 'ab'],
    ['a bidirectional override', 'a\u202eb\u2066c\u200fd', 'abcd'],
    ['what has no width', 'a\u200bb\ufeffc', 'abc'],
    ['half a character', 'a\ud800b', 'ab'],
    ['breaks of lines', 'a\r\n\tb\u2028c\u0085d', 'a b c d'],
    ['letters of any script', 'äß漢字😀', 'äß漢字😀'],
  ])('takes out %s', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('escapes in JSON, so that nothing is lost', () => {
    const value = { name: '\u001b[31m\u009b\u202e\u{e0041}äß', list: ['\n'] };
    const text = printableJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

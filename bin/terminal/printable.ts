/**
 * What a terminal might take for an order, or shows in another order than it is written: control characters (C0 and C1,
 * DEL), formatting ones (bidirectional overrides, what has no width), separators of lines, halves of characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** The text on one line and without anything that is no character to look at. What cluster users wrote is shown so. */
export function printable(text: string): string {
  return text.replace(BREAKS, ' ').replace(UNPRINTABLE, '');
}

/** The value as JSON in which everything unprintable is written as an escape, so that nothing is lost. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[^\n -~]/gu, (character) => {
    UNPRINTABLE.lastIndex = 0;
    return UNPRINTABLE.test(character) ? escaped(character) : character;
  });
}

/** Each code unit, for a character may have two. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}

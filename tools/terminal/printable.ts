/**
 * Characters that a terminal interprets or reorders: control characters (C0, C1, DEL), format characters (bidirectional
 * overrides, zero width), line and paragraph separators, lone surrogates, private use.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** Puts text on one line and removes unprintable characters. Text written by cluster users is shown only this way. */
export function printable(text: string): string {
  return text.replace(BREAKS, ' ').replace(UNPRINTABLE, '');
}

/** Whether {@link printable} leaves a text as it is. */
export function isPrintable(text: string): boolean {
  return printable(text) === text;
}

/** Formats a value as JSON with unprintable characters escaped, so that no data is lost. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[^\n -~]/gu, (character) => {
    UNPRINTABLE.lastIndex = 0;
    return UNPRINTABLE.test(character) ? escapeCodeUnits(character) : character;
  });
}

/** Escapes each code unit: a character outside the BMP has two. */
function escapeCodeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}

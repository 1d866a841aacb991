/** Words without characters that have a meaning to a shell. */
const PLAIN = /^[\w+=,.@:/-]+$/;

/** Quotes a word for a POSIX shell, if it needs quotes. */
export function shellQuote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

import { isPrintable } from './printable.ts';

/** Words without characters that have a meaning to a shell. */
const PLAIN = /^[\w+=,.@:/-]+$/;

/** Characters that the format of `printf` interprets or that end single quotes, and those that a terminal does not show. */
const ESCAPED = /['\\]|[^ -~]/gu;

/**
 * Quotes a word for a POSIX shell, if it needs quotes. A word that cannot be printed is written with `printf`, so that the
 * printed command means the same; newlines at the end of such a word are lost.
 */
export function shellQuote(word: string): string {
  if (PLAIN.test(word)) return word;
  if (isPrintable(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const format = word.replaceAll('%', '%%').replace(ESCAPED, octal).replace(/^-/, '\\055');
  return `"$(printf '${format}')"`;
}

/** Formats a command for a POSIX shell: a template whose values are quoted as words. */
export function shellCommand(texts: TemplateStringsArray, ...words: readonly string[]): string {
  return String.raw({ raw: texts }, ...words.map(shellQuote));
}

/** Quotes the path of a file as an argument, which must not look like an option. */
export function quotePath(path: string): string {
  return shellQuote(path.startsWith('-') ? `./${path}` : path);
}

function octal(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
    .join('');
}

/** Any printable ASCII character, other than the fixed bytes of a text. */
const FREE = -1;
/** The end of the text, where base64 has padding. */
const END = -2;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PRINTABLE = Array.from({ length: 0x7f - 0x20 + 1 }, (_, index) => 0x20 + index);

/**
 * Returns the regular expression of the base64 of a text: fixed texts, with any number of printable characters (at least
 * four) between two of them. CEL has no function that decodes base64.
 */
export function base64Pattern(fixed: readonly string[]): string {
  const between = `(?:${quadruplet([FREE, FREE, FREE])})*`;
  const parts = fixed.map((text, index) => {
    const shifts = index === 0 ? [0] : [0, 1, 2];
    const filler = index === fixed.length - 1 ? END : FREE;
    const variants = shifts.map((shift) => quadrupletsOf(text, shift, filler));
    return variants.length === 1 ? variants[0] : `(?:${variants.join('|')})`;
  });
  return `^${parts.join(between)}$`;
}

/** The pattern of a text that starts at a byte of a group of three. */
function quadrupletsOf(text: string, shift: number, filler: number): string {
  const bytes = [...Array<number>(shift).fill(FREE), ...Buffer.from(text)];
  while (bytes.length % 3 !== 0) bytes.push(filler);
  const groups = Array.from({ length: bytes.length / 3 }, (_, index) =>
    bytes.slice(3 * index, 3 * index + 3),
  );
  return groups.map(quadruplet).join('');
}

/** The pattern of the four characters of three bytes. */
function quadruplet([first = END, second = END, third = END]: readonly number[]): string {
  const [a, b, c] = [valuesOf(first), valuesOf(second), valuesOf(third)];
  const one = a.map((x) => x >> 2);
  const two = a.flatMap((x) => b.map((y) => ((x & 3) << 4) | (y >> 4)));
  const start = characters(one) + characters(two);
  if (second === END) return `${start}==`;
  const three = (bytes: readonly number[]) =>
    characters(b.flatMap((y) => bytes.map((z) => ((y & 15) << 2) | (z >> 6))));
  if (third === END) return `${start}${three([0])}=`;
  const four = (bytes: readonly number[]) => characters(bytes.map((z) => z & 63));
  if (third !== FREE) return start + three(c) + four(c);
  // The third byte determines two bits of the third character, and thereby the fourth.
  const [low, high] = [c.filter((z) => z < 64), c.filter((z) => z >= 64)];
  return `${start}(?:${three(low)}${four(low)}|${three(high)}${four(high)})`;
}

function valuesOf(byte: number): readonly number[] {
  if (byte === FREE) return PRINTABLE;
  return [byte === END ? 0 : byte];
}

/** A character, or the class of several. */
function characters(indices: readonly number[]): string {
  const sorted = [...new Set(indices)].sort((x, y) => x - y);
  if (sorted.length === 1) return escaped(sorted[0] ?? 0);
  const runs: number[][] = [];
  for (const index of sorted) {
    const run = runs.at(-1);
    const isNext = run?.at(-1) === index - 1 && sameKind(index - 1, index);
    if (run !== undefined && isNext) run.push(index);
    else runs.push([index]);
  }
  const shown = runs.map((run) => {
    const text = run.map((index) => ALPHABET[index]).join('');
    return run.length > 2 ? `${text[0]}-${text.at(-1)}` : text;
  });
  return `[${shown.join('')}]`;
}

function escaped(index: number): string {
  return index === 62 ? '[+]' : (ALPHABET[index] ?? '');
}

/** Whether a range may contain both: both are upper case, lower case, digits, or symbols. */
function sameKind(x: number, y: number): boolean {
  const kind = (index: number) => [26, 52, 62, 63, 64].findIndex((end) => index < end);
  return kind(x) === kind(y);
}

/** Approximate character widths of a sans-serif font, relative to the font size. Rather too wide than too narrow. */
const WIDTHS: readonly (readonly [characters: RegExp, width: number])[] = [
  [/[ijl.,:;|!'`·]/, 0.28],
  [/[ftrI()[\]{}/\\\- "]/, 0.36],
  [/[mwMW@%]/, 0.92],
  [/[ABCDEGHKNOPQRSUVXYZ&<>=+~]/, 0.72],
  [/[csxyzkvJ]/, 0.54],
];
const ANY_OTHER = 0.6;
const BOLD = 1.07;

/** Estimates the width of text. The actual font depends on where the picture is shown. */
export function textWidth(text: string, size: number, bold = false): number {
  const parts = [...text].map(
    (character) => WIDTHS.find(([characters]) => characters.test(character))?.[1] ?? ANY_OTHER,
  );
  return parts.reduce((sum, part) => sum + part, 0) * size * (bold ? BOLD : 1);
}

/** Shortens text to a width, with an ellipsis. */
export function fitText(text: string, width: number, size: number, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(`${characters.join('')}…`, size, bold) > width) {
    characters.pop();
  }
  return `${characters.join('').trimEnd()}…`;
}

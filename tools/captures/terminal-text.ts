import { stripVTControlCharacters } from 'node:util';

/** Style of text, as set by SGR sequences. */
interface TerminalStyle {
  /** Colour number: 0 to 7, and 8 to 15 for bright colours. */
  readonly foreground?: number;
  readonly background?: number;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

/** Text in one style. */
export interface TerminalSpan {
  readonly text: string;
  readonly style: TerminalStyle;
}

export type TerminalLine = readonly TerminalSpan[];

/** Select Graphic Rendition, the escape sequence that sets a style. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[([0-9;]*)m`, 'g');
/** Control characters that remain of other sequences. */
const CONTROL_CHARACTERS = /(?!\n)\p{Cc}/gu;

/**
 * Parses the output of a program into styled lines, wrapped at `columns`.
 *
 * @throws on an SGR code that is not supported, so that no capture looks different from the terminal
 */
export function readTerminalText(output: string, columns: number): readonly TerminalLine[] {
  const lines: TerminalSpan[][] = [[]];
  let style: TerminalStyle = {};
  let end = 0;
  const write = (text: string) => {
    const visible = stripVTControlCharacters(text).replace(CONTROL_CHARACTERS, '');
    for (const [index, line] of visible.split('\n').entries()) {
      if (index > 0) lines.push([]);
      append(lines, { text: line, style }, columns);
    }
  };
  for (const { index, 0: sequence, 1: codes = '' } of output.matchAll(SGR)) {
    write(output.slice(end, index));
    end = index + sequence.length;
    style = applySgr(style, codes);
  }
  write(output.slice(end));
  return trimEmptyLines(lines);
}

/** Appends to the last line, and starts a new one when it is full. */
function append(lines: TerminalSpan[][], { text, style }: TerminalSpan, columns: number): void {
  let rest = [...text];
  while (rest.length > 0) {
    const line = lines.at(-1) ?? [];
    const room = columns - lineLength(line);
    if (room > 0) line.push({ text: rest.slice(0, room).join(''), style });
    rest = rest.slice(room);
    if (rest.length > 0) lines.push([]);
  }
}

/** Length of a line, in characters. */
export function lineLength(line: TerminalLine): number {
  return line.reduce((sum, { text }) => sum + [...text].length, 0);
}

function trimEmptyLines(lines: readonly TerminalLine[]): readonly TerminalLine[] {
  const last = lines.findLastIndex((line) => line.length > 0);
  return lines.slice(0, last + 1);
}

const MODIFIERS: ReadonlyMap<number, TerminalStyle> = new Map([
  [1, { bold: true }],
  [2, { dim: true }],
  [3, { italic: true }],
  [4, { underline: true }],
  [7, { inverse: true }],
  [22, { bold: false, dim: false }],
  [23, { italic: false }],
  [24, { underline: false }],
  [27, { inverse: false }],
]);

/** First code of each group of eight colours, what it sets, and the number of its first colour. */
const COLORS: readonly (readonly [number, 'foreground' | 'background', number])[] = [
  [30, 'foreground', 0],
  [40, 'background', 0],
  [90, 'foreground', 8],
  [100, 'background', 8],
];

function applySgr(before: TerminalStyle, parameters: string): TerminalStyle {
  return parameters.split(';').reduce((style, code) => applyCode(style, Number(code)), before);
}

function applyCode(style: TerminalStyle, code: number): TerminalStyle {
  if (code === 0) return {};
  const modifier = MODIFIERS.get(code);
  if (modifier !== undefined) return { ...style, ...modifier };
  if (code === 39 || code === 49) {
    const { foreground, background, ...others } = style;
    const kept = code === 39 ? { background } : { foreground };
    return { ...others, ...withoutUndefined(kept) };
  }
  for (const [first, property, number] of COLORS) {
    if (code >= first && code < first + 8) return { ...style, [property]: number + code - first };
  }
  throw new Error(
    `SGR code ${code} is not supported; tools/captures/terminal-text.ts lists the supported ones`,
  );
}

function withoutUndefined(style: Readonly<Record<string, number | undefined>>): TerminalStyle {
  return Object.fromEntries(Object.entries(style).filter(([, value]) => value !== undefined));
}

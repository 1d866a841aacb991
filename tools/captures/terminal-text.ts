import { stripVTControlCharacters } from 'node:util';

/** How characters look, as a program asked for it by SGR sequences. */
export interface TerminalStyle {
  /** Number of a colour: 0 to 7, and 8 to 15 for the bright ones. */
  readonly foreground?: number;
  readonly background?: number;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

/** Characters that look alike. */
export interface TerminalRun {
  readonly text: string;
  readonly style: TerminalStyle;
}

export type TerminalLine = readonly TerminalRun[];

/** What sets a style. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[([0-9;]*)m`, 'g');
/** What no terminal shows, and is left of other sequences. */
const CONTROL_CHARACTERS = /(?!\n)\p{Cc}/gu;

/**
 * The lines of what a program wrote to a terminal, none longer than `columns`.
 * @throws for an SGR code that is not known here, so that no capture shows less than the terminal did
 */
export function readTerminalText(output: string, columns: number): readonly TerminalLine[] {
  const lines: TerminalRun[][] = [[]];
  let style: TerminalStyle = {};
  let end = 0;
  const write = (text: string) => {
    const shown = stripVTControlCharacters(text).replace(CONTROL_CHARACTERS, '');
    for (const [index, line] of shown.split('\n').entries()) {
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
  return withoutEmptyEnd(lines);
}

/** Adds to the last line, and goes on in a new one where that is full. */
function append(lines: TerminalRun[][], { text, style }: TerminalRun, columns: number): void {
  let rest = [...text];
  while (rest.length > 0) {
    const line = lines.at(-1) ?? [];
    const room = columns - lineLength(line);
    if (room > 0) line.push({ text: rest.slice(0, room).join(''), style });
    rest = rest.slice(room);
    if (rest.length > 0) lines.push([]);
  }
}

/** Characters in a line. */
export function lineLength(line: TerminalLine): number {
  return line.reduce((sum, { text }) => sum + [...text].length, 0);
}

function withoutEmptyEnd(lines: readonly TerminalLine[]): readonly TerminalLine[] {
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

/** First code of eight colours: what they colour, and the number of the first. */
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
    const left = code === 39 ? { background } : { foreground };
    return { ...others, ...defined(left) };
  }
  for (const [first, what, number] of COLORS) {
    if (code >= first && code < first + 8) return { ...style, [what]: number + code - first };
  }
  throw new Error(
    `SGR code ${code} is not drawn here; tools/captures/terminal-text.ts lists what is`,
  );
}

function defined(style: Readonly<Record<string, number | undefined>>): TerminalStyle {
  return Object.fromEntries(Object.entries(style).filter(([, value]) => value !== undefined));
}

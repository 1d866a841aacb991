import { element, type Svg, svgDocument } from '../picture/svg.ts';
import {
  lineLength,
  readTerminalText,
  type TerminalLine,
  type TerminalSpan,
} from './terminal-text.ts';

/** A command and its output. */
interface TerminalSession {
  readonly command: string;
  readonly output: string;
  /** Width of the terminal, in characters. */
  readonly columns: number;
  /** Maximum number of lines of the output. @default - all */
  readonly head?: number;
}

const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace";
const FONT_SIZE = 13;
/** Width of a character in most monospaced fonts. Each span is stretched to it, so that columns align in every font. */
const CHARACTER_WIDTH = FONT_SIZE * 0.6;
const LINE_HEIGHT = 19;
const PADDING = 18;
const BAR_HEIGHT = 34;

const WINDOW = { background: '#1e2128', bar: '#2b2f38', border: '#3a3f4b', text: '#d7dae0' };
const DOTS = ['#ff5f57', '#febc2e', '#28c840'];
const PROMPT_COLOR = 10;

/** Colours by number, with enough contrast on the dark background. */
const PALETTE = [
  ['#5c6370', '#e8636f', '#8cc570', '#e2b65c', '#61afef', '#c678dd', '#4fb8c4', '#d7dae0'],
  ['#8b93a1', '#ff7b86', '#a5e075', '#f5cb72', '#7fc1ff', '#d794ec', '#6fd3df', '#ffffff'],
].flat();

/** Draws a terminal window with a command and its styled output, as SVG. */
export function terminalPicture(session: TerminalSession): string {
  const lines = [promptLine(session.command), ...shownLines(session)];
  const width = Math.ceil(session.columns * CHARACTER_WIDTH + 2 * PADDING);
  const height = BAR_HEIGHT + lines.length * LINE_HEIGHT + 2 * PADDING - 8;
  return svgDocument(width, height, `Terminal: ${session.command}`, [
    ...terminalWindow(width, height),
    element(
      'g',
      { 'font-family': FONT, 'font-size': FONT_SIZE, fill: WINDOW.text },
      lines.flatMap((line, index) => drawLine(line, baseline(index))),
    ),
  ]);
}

function promptLine(command: string): TerminalLine {
  return [
    { text: '$ ', style: { foreground: PROMPT_COLOR, bold: true } },
    { text: command, style: { bold: true } },
  ];
}

function shownLines({ output, columns, head }: TerminalSession): readonly TerminalLine[] {
  const lines = readTerminalText(output, columns);
  if (head === undefined || lines.length <= head) return lines;
  const more: TerminalSpan = { text: `… ${lines.length - head} more lines`, style: { dim: true } };
  return [...lines.slice(0, head), [more]];
}

function terminalWindow(width: number, height: number): readonly Svg[] {
  const inside = { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 9 };
  return [
    element('rect', { ...inside, fill: WINDOW.background, stroke: WINDOW.border }),
    element('path', {
      d: `M1 ${BAR_HEIGHT}V9.5A8.5 8.5 0 0 1 9.5 1H${width - 9.5}A8.5 8.5 0 0 1 ${width - 1} 9.5V${BAR_HEIGHT}Z`,
      fill: WINDOW.bar,
    }),
    ...DOTS.map((fill, index) =>
      element('circle', { cx: 20 + 19 * index, cy: BAR_HEIGHT / 2, r: 5.5, fill }),
    ),
  ];
}

function baseline(index: number): number {
  return BAR_HEIGHT + PADDING + index * LINE_HEIGHT + 8;
}

function drawLine(line: TerminalLine, y: number): readonly Svg[] {
  return line.flatMap((span, index) => {
    const x = PADDING + lineLength(line.slice(0, index)) * CHARACTER_WIDTH;
    return drawSpan(span, x, y);
  });
}

function drawSpan(span: TerminalSpan, x: number, y: number): readonly Svg[] {
  const { style } = span;
  const { fill, background } = colorsOf(span);
  const width = lineLength([span]) * CHARACTER_WIDTH;
  const text = element(
    'text',
    {
      x,
      y,
      textLength: width,
      lengthAdjust: 'spacingAndGlyphs',
      'xml:space': 'preserve',
      fill,
      'font-weight': style.bold ? 'bold' : undefined,
      'font-style': style.italic ? 'italic' : undefined,
      'text-decoration': style.underline ? 'underline' : undefined,
      opacity: style.dim ? 0.6 : undefined,
    },
    [span.text],
  );
  if (background === undefined) return [text];
  const rect = { x, y: y - LINE_HEIGHT + 5, width, height: LINE_HEIGHT, fill: background };
  return [element('rect', rect), text];
}

/** Undefined colours are those of the window. */
function colorsOf({ style }: TerminalSpan): {
  fill?: string | undefined;
  background?: string | undefined;
} {
  const fill = style.foreground === undefined ? undefined : PALETTE[style.foreground];
  const background = style.background === undefined ? undefined : PALETTE[style.background];
  if (!style.inverse) return { fill, background };
  return { fill: background ?? WINDOW.background, background: fill ?? WINDOW.text };
}

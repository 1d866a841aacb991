import { element, type Svg } from '../../picture/svg.ts';
import { textWidth } from '../../picture/text-width.ts';
import type { Box } from '../box.ts';
import { type Block, readMarkdown, type Span } from '../markdown.ts';
import { COLOR, MONOSPACED, SIZE } from '../theme.ts';

const POINT_INDENT = 14;
/** Width of monospaced text, relative to other text. */
const CODE_WIDTH = 1.12;

/** Draws Markdown, wrapped to the width of the widget. */
export function drawText(markdown: string, room: Box): readonly Svg[] {
  let y = room.y;
  return readMarkdown(markdown).flatMap((block) => {
    const size = block.kind === 'heading' ? SIZE.title : SIZE.text;
    const indent = block.kind === 'point' ? POINT_INDENT : 0;
    const lines = wrap(block, size, room.width - indent);
    const drawn = lines.map((line) => {
      y += size * 1.45;
      return drawTextLine(line, block, size, room.x + indent, y - size * 0.35);
    });
    const firstLine = y - (lines.length - 1) * size * 1.45 - size * 0.35;
    y += 4;
    return block.kind === 'point' ? [bullet(room.x + 4, firstLine - 4), ...drawn] : drawn;
  });
}

function bullet(cx: number, cy: number): Svg {
  return element('circle', { cx, cy, r: 2, fill: COLOR.text });
}

/** Breaks lines between words. Each word keeps its style. */
function wrap({ spans, kind }: Block, size: number, width: number): readonly (readonly Span[])[] {
  const words = spans.flatMap(({ text, look }) =>
    (text.match(/\s*\S+|\s+$/g) ?? []).map((word): Span => ({ text: word, look })),
  );
  const lines: Span[][] = [[]];
  let room = width;
  for (const word of words) {
    const needed = wordWidth(word, size, kind);
    const starts = /^\s/.test(word.text) || lines.at(-1)?.at(-1)?.text.endsWith(' ');
    const isNew = needed > room && starts && (lines.at(-1)?.length ?? 0) > 0;
    if (isNew) {
      lines.push([]);
      room = width;
    }
    lines.at(-1)?.push(isNew ? { ...word, text: word.text.trimStart() } : word);
    room -= needed;
  }
  return lines;
}

function wordWidth({ text, look }: Span, size: number, kind: Block['kind']): number {
  const isBold = look === 'bold' || kind === 'heading';
  return textWidth(text, size, isBold) * (look === 'code' ? CODE_WIDTH : 1);
}

const LOOKS = {
  plain: {},
  bold: { 'font-weight': 'bold' },
  code: { 'font-family': MONOSPACED, 'font-size': SIZE.axis + 0.5 },
  link: { fill: COLOR.link },
} as const;

function drawTextLine(
  spans: readonly Span[],
  { kind }: Block,
  size: number,
  x: number,
  y: number,
): Svg {
  const isHeading = kind === 'heading';
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      fill: isHeading ? COLOR.title : COLOR.text,
      'font-weight': isHeading ? 'bold' : undefined,
      'xml:space': 'preserve',
    },
    spans.map(({ text, look }) => element('tspan', LOOKS[look], [text])),
  );
}

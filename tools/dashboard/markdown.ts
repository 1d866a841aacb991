/** A piece of text in one style. */
export interface Span {
  readonly text: string;
  readonly look: 'plain' | 'bold' | 'code' | 'link';
}

/** A paragraph, heading or list item. */
export interface Block {
  readonly kind: 'heading' | 'paragraph' | 'point';
  readonly spans: readonly Span[];
}

/** Parses the Markdown of a text widget: headings, lists, bold, code and links. */
export function readMarkdown(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const paragraph of markdown.split(/\n\s*\n/)) {
    for (const text of paragraph.trim().split(/\n(?=[-*] |#)|(?<=^#.*)\n/m)) {
      if (text.trim() !== '') blocks.push(readBlock(text.replaceAll(/\s*\n\s*/g, ' ')));
    }
  }
  return blocks;
}

function readBlock(text: string): Block {
  const [, mark = '', content = text] = /^(#+|[-*])\s+(.*)$/.exec(text) ?? [];
  const kind = mark.startsWith('#') ? 'heading' : mark === '' ? 'paragraph' : 'point';
  return { kind, spans: readSpans(content) };
}

const MARKED = /\*\*(?<bold>[^*]+)\*\*|`(?<code>[^`]+)`|\[(?<link>[^\]]+)\]\([^)]*\)/g;

function readSpans(text: string): readonly Span[] {
  const spans: Span[] = [];
  let end = 0;
  const plain = (to?: number) => {
    const between = text.slice(end, to);
    if (between !== '') spans.push({ text: between, look: 'plain' });
  };
  for (const { index, 0: whole, groups = {} } of text.matchAll(MARKED)) {
    plain(index);
    for (const look of ['bold', 'code', 'link'] as const) {
      const found = groups[look];
      if (found !== undefined) spans.push({ text: found, look });
    }
    end = index + whole.length;
  }
  plain();
  return spans;
}

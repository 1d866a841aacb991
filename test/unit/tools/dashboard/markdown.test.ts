import { describe, expect, it } from 'vitest';
import { readMarkdown } from '../../../../tools/dashboard/markdown.ts';

describe('readMarkdown', () => {
  it('reads headings, paragraphs and lists', () => {
    const markdown = '## Health\nIs it\nwell?\n\n- one\n* two';
    expect(readMarkdown(markdown).map(({ kind, spans }) => [kind, spans[0]?.text])).toEqual([
      ['heading', 'Health'],
      ['paragraph', 'Is it well?'],
      ['point', 'one'],
      ['point', 'two'],
    ]);
  });

  it('reads bold text, code and links', () => {
    const [block] = readMarkdown(
      'Say **all** in `doctor`, see the [runbook](https://example.com).',
    );
    expect(block?.spans).toEqual([
      { text: 'Say ', look: 'plain' },
      { text: 'all', look: 'bold' },
      { text: ' in ', look: 'plain' },
      { text: 'doctor', look: 'code' },
      { text: ', see the ', look: 'plain' },
      { text: 'runbook', look: 'link' },
      { text: '.', look: 'plain' },
    ]);
  });
});

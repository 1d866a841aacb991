import { describe, expect, it } from 'vitest';
import { terminalPicture } from '../../../../tools/captures/terminal-picture.ts';

const ESC = '\u001b';

describe('the picture of a terminal', () => {
  it('shows the command and its output', () => {
    const picture = terminalPicture({
      columns: 80,
      command: 'kube-aws-iam status',
      output: 'all ok\n',
    });
    expect(picture).toMatch(/^<svg /);
    expect(picture).toContain('>kube-aws-iam status</text>');
    expect(picture).toContain('>all ok</text>');
  });

  it('draws text in colours', () => {
    const picture = terminalPicture({
      columns: 80,
      command: 'x',
      output: `${ESC}[31mdenied${ESC}[39m`,
    });
    expect(picture).toMatch(/fill="#e8636f"[^>]*>denied</);
  });

  it('swaps colours for inverse text', () => {
    const picture = terminalPicture({
      columns: 80,
      command: 'x',
      output: `${ESC}[7mhere${ESC}[27m`,
    });
    expect(picture).toMatch(/fill="#1e2128"[^>]*>here</);
  });

  it('shows the head of a long output, and the number of further lines', () => {
    const output = ['one', 'two', 'three', 'four'].join('\n');
    const picture = terminalPicture({ columns: 80, command: 'x', output, head: 2 });
    expect(picture).toContain('>two<');
    expect(picture).not.toContain('>three<');
    expect(picture).toContain('… 2 more lines');
  });

  it('escapes markup', () => {
    const picture = terminalPicture({ columns: 80, command: 'x', output: '<script>"&"</script>' });
    expect(picture).toContain('&lt;script&gt;&quot;&amp;&quot;&lt;/script&gt;');
    expect(picture).not.toContain('<script');
  });
});

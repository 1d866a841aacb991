import { describe, expect, it } from 'vitest';
import { element, svgDocument } from '../../../../tools/picture/svg.ts';
import { fitText, textWidth } from '../../../../tools/picture/text-width.ts';

describe('an element of a picture', () => {
  it('escapes text and attributes', () => {
    expect(element('text', { id: '"><script>' }, ['</text><script>&']).markup).toBe(
      '<text id="&quot;&gt;&lt;script&gt;">&lt;/text&gt;&lt;script&gt;&amp;</text>',
    );
  });

  it('has no character that XML cannot have', () => {
    expect(element('text', {}, ['a\u0000\u001b[31m\u0085\ud800b\ufffe🙂']).markup).toBe(
      '<text>a[31mb🙂</text>',
    );
  });

  it('leaves out what is undefined, and has no more than hundredths', () => {
    expect(element('rect', { x: 1 / 3, y: 2, fill: undefined }).markup).toBe(
      '<rect x="0.33" y="2"/>',
    );
  });

  it('adds no white space where that would be shown', () => {
    const parts = [element('tspan', {}, ['a']), 'b'];
    expect(element('text', {}, parts).markup).toBe('<text><tspan>a</tspan>b</text>');
    expect(svgDocument(1, 1, 'x', [element('g', {})])).toMatch(/>\n<g\/>\n<\/svg>\n$/);
  });
});

describe('the width of text', () => {
  it('cuts what does not fit', () => {
    expect(fitText('short', 100, 12)).toBe('short');
    const cut = fitText('a title that is much too long', 80, 12);
    expect(cut).toMatch(/^a title.*…$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(80);
  });
});

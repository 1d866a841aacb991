import { describe, expect, it } from 'vitest';
import { readTerminalText } from '../../../../tools/captures/terminal-text.ts';

const ESC = '\u001b';
const plain = (text: string) => ({ text, style: {} });

describe('terminal output', () => {
  it('is split into lines, without empty ones at the end', () => {
    expect(readTerminalText('one\n\ntwo\n\n', 80)).toEqual([[plain('one')], [], [plain('two')]]);
  });

  it('has styles and colours', () => {
    expect(readTerminalText(`${ESC}[1m${ESC}[32mok${ESC}[39m${ESC}[22m fine`, 80)).toEqual([
      [
        { text: 'ok', style: { bold: true, foreground: 2 } },
        { text: ' fine', style: { bold: false, dim: false } },
      ],
    ]);
    expect(readTerminalText(`${ESC}[91;44mx${ESC}[0my`, 80)).toEqual([
      [{ text: 'x', style: { foreground: 9, background: 4 } }, plain('y')],
    ]);
    expect(readTerminalText(`${ESC}[91;44m${ESC}[49mx`, 80)).toEqual([
      [{ text: 'x', style: { foreground: 9 } }],
    ]);
  });

  it('keeps a style across lines', () => {
    const dim = { dim: true };
    expect(readTerminalText(`${ESC}[2ma\nb${ESC}[m`, 80)).toEqual([
      [{ text: 'a', style: dim }],
      [{ text: 'b', style: dim }],
    ]);
  });

  it('is wrapped at the width of the terminal', () => {
    expect(readTerminalText('abcdefg', 3)).toEqual([[plain('abc')], [plain('def')], [plain('g')]]);
    expect(readTerminalText(`ab${ESC}[1mcdef`, 3)).toEqual([
      [plain('ab'), { text: 'c', style: { bold: true } }],
      [{ text: 'def', style: { bold: true } }],
    ]);
  });

  it('contains no other control sequences', () => {
    const link = `${ESC}]8;;https://example.com${ESC}\\text${ESC}]8;;${ESC}\\`;
    expect(readTerminalText(`${ESC}[2K\r${ESC}[?25l${link}\u0007`, 80)).toEqual([[plain('text')]]);
  });

  it('fails on an unsupported code', () => {
    expect(() => readTerminalText(`${ESC}[38;5;200mx`, 80)).toThrow('SGR code 38');
  });
});

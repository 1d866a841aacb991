import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { confirmBy, type Terminal } from '../../../../../bin/commands/pause/confirm.ts';

const command = () => new Command('pause').exitOverride().configureOutput({ writeErr: () => {} });

/** A terminal on which somebody types, and what is shown there. */
function aTerminal(typed: string, { isTty = true } = {}) {
  const input = Object.assign(new PassThrough(), { isTTY: isTty });
  const output = Object.assign(new PassThrough(), { isTTY: isTty });
  input.end(typed);
  const terminal = { input, output } as unknown as Terminal;
  return { terminal, shown: () => String(output.read()) };
}

describe('whether to go on', () => {
  it.each([
    ['y\n', true],
    ['Yes\n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
  ])('is asked on a terminal: %j', async (typed, answer) => {
    const { terminal, shown } = aTerminal(typed);
    expect(await confirmBy(command(), false, terminal)('Pause it?')).toBe(answer);
    expect(shown()).toContain('Pause it? [y/N] ');
  });

  it('is not asked who is sure', async () => {
    const { terminal } = aTerminal('', { isTty: false });
    expect(await confirmBy(command(), true, terminal)('Pause it?')).toBe(true);
  });

  it('has to be said where there is no terminal, before anything is done', () => {
    const { terminal } = aTerminal('y\n', { isTty: false });
    expect(() => confirmBy(command(), false, terminal)).toThrow(/say --yes/);
  });
});

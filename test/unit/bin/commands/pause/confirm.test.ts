import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createConfirm, type PromptStreams } from '../../../../../bin/commands/pause/confirm.ts';

const command = () => new Command('pause').exitOverride().configureOutput({ writeErr: () => {} });

/** Streams with typed input, and what is printed to them. */
function aPrompt(typed: string, { isTTY = true } = {}) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  input.end(typed);
  const streams = { input, output } as unknown as PromptStreams;
  return { streams, shown: () => String(output.read()) };
}

describe('the confirmation', () => {
  it.each([
    ['y\n', true],
    ['Yes\n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
  ])('is requested on a terminal: %j', async (typed, answer) => {
    const { streams, shown } = aPrompt(typed);
    expect(await createConfirm(command(), false, streams)('Pause it?')).toBe(answer);
    expect(shown()).toContain('Pause it? [y/N] ');
  });

  it('is not requested with --yes', async () => {
    const { streams } = aPrompt('', { isTTY: false });
    expect(await createConfirm(command(), true, streams)('Pause it?')).toBe(true);
  });

  it('is a usage error without a terminal and --yes', () => {
    const { streams } = aPrompt('y\n', { isTTY: false });
    expect(() => createConfirm(command(), false, streams)).toThrow(/use --yes/);
  });
});

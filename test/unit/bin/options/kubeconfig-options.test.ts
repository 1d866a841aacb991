import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { withKubectlNote } from '../../../../bin/options/kubeconfig-options.ts';
import { withOutputOption } from '../../../../bin/options/output-option.ts';

/** Runs a command, and returns what it and its note print. */
async function outputOf(...words: readonly string[]): Promise<readonly string[]> {
  const printed: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line) => void printed.push(line));
  const program = new Command();
  withOutputOption(withKubectlNote(program.command('status'))).action(() => {
    printed.push('shown');
  });
  await program.parseAsync(['status', ...words], { from: 'user' });
  return printed;
}

describe('a command that suggests kubectl commands', () => {
  it('ends with the options that they need', async () => {
    expect(await outputOf('--context', 'prod-admin')).toEqual([
      'shown',
      'Add --context prod-admin to the kubectl commands above, and --kube-context prod-admin to the helm commands.',
    ]);
    expect(await outputOf('--kubeconfig', 'my files/prod', '--context', 'a')).toEqual([
      'shown',
      "Add --kubeconfig 'my files/prod' --context a to the kubectl commands above, and --kubeconfig 'my files/prod' --kube-context a to the helm commands.",
    ]);
  });

  it.each([[[]], [['--context', 'prod-admin', '--output', 'json']]])(
    'prints no note with %j',
    async (words) => {
      expect(await outputOf(...words)).toEqual(['shown']);
    },
  );
});

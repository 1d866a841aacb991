import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { withKubernetesOptions } from '../../../../bin/options/kubeconfig-options.ts';
import { withOutputOption } from '../../../../bin/options/output-option.ts';

/** What a command says on standard error after it did what it does. */
async function remarksOf(...words: readonly string[]): Promise<readonly string[]> {
  const said: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line) => void said.push(line));
  const program = new Command();
  withOutputOption(withKubernetesOptions(program.command('status'))).action(() => {
    said.push('shown');
  });
  await program.parseAsync(['status', ...words], { from: 'user' });
  return said;
}

describe('a command that shows commands for kubectl', () => {
  it('says in the end how they reach the cluster that was looked at', async () => {
    expect(await remarksOf('--context', 'prod-admin')).toEqual([
      'shown',
      'Whatever kubectl command is shown above is meant with --context prod-admin, and helm with --kube-context prod-admin.',
    ]);
    expect(await remarksOf('--kubeconfig', 'my files/prod', '--context', 'a')).toEqual([
      'shown',
      "Whatever kubectl command is shown above is meant with --kubeconfig 'my files/prod' --context a, and helm with --kubeconfig 'my files/prod' --kube-context a.",
    ]);
  });

  it.each([[[]], [['--context', 'prod-admin', '--output', 'json']]])(
    'has nothing to add with %j',
    async (words) => {
      expect(await remarksOf(...words)).toEqual(['shown']);
    },
  );
});

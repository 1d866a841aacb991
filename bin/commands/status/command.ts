import type { Command } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withKubernetesOptions } from '../../options/kubeconfig-options.ts';
import { namespaceName } from '../../options/name-arguments.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { StatusOptions } from './run.ts';

const AFTER = `
States, what needs attention first:
  expired    credentials in use have ended
  overdue    they should have been renewed and were not
  refused    the stack or the namespace does not allow the role, or the name is taken
  missing    wanted, and not there yet
  undecided  not all was seen that is needed to say
  foreign    it has the label and is not this product's
  due        its renewal is due
  unused     no live pod mounts it
  ok

Examples:
  kube-aws-iam status
  kube-aws-iam status --namespace shop
  kube-aws-iam status --output json | jq '.secrets[] | select(.state == "overdue")'

Exit codes:
  0  it saw everything
  1  an error, or something could not be read: what is shown is not all there is
  2  it was called wrongly`;

/** Adds `status`. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .summary('show how all Secrets are doing')
    .description(
      'Lists every managed Secret, and every one that is wanted and missing: its role, when its credentials end, who uses it, ' +
        'and how it is doing. Nothing is written, no role is assumed, and no value of a Secret is read.',
    )
    .option('-n, --namespace <name>', 'look at one namespace only', namespaceName);
  withOutputOption(withKubernetesOptions(withConfigOptions(command)))
    .addHelpText('after', AFTER)
    .action(async (options: StatusOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { showStatus } = await import('./run.ts');
      process.exitCode = await showStatus(createTerminal(), options);
    });
}

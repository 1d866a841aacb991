import { type Command, Option } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withKubernetesOptions } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { PlanOptions } from './run.ts';

const AFTER = `
Examples:
  kube-aws-iam plan
  kube-aws-iam plan --pass sweep --all --cluster prod
  kube-aws-iam plan --output json | jq '.items[] | select(.action == "refuse")'

Exit codes:
  0  it saw everything
  1  an error, or something could not be read: what is shown is not all there is
  2  it was called wrongly`;

/** Adds `plan`. */
export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .summary('show what a pass would do now, and why')
    .description(
      'Looks at the cluster as the functions do, decides as they do, and shows it: which Secrets a pass would create, renew, ' +
        'mark, remove or refuse, and why. Nothing is written and no role is assumed, so whether the trust policy of a role lets ' +
        'the refresher in is not seen; "doctor" tries that.',
    )
    .addOption(
      new Option(
        '--pass <pass>',
        'the pass: refresh runs every minute and looks at pending pods, sweep every ten minutes at all',
      )
        .choices(['refresh', 'sweep'])
        .default('refresh'),
    )
    .option('--all', 'list what stays as it is, too');
  withOutputOption(withKubernetesOptions(withConfigOptions(command)))
    .addHelpText('after', AFTER)
    .action(async (options: PlanOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { showPlan } = await import('./run.ts');
      process.exitCode = await showPlan(createTerminal(), options);
    });
}

import { type Command, Option } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withFleetOptions } from '../../options/fleet-options.ts';
import { withKubectlNote } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { PlanOptions } from './run.ts';

const HELP = `
Examples:
  kube-aws-iam plan
  kube-aws-iam plan --pass sweep --all --cluster prod
  kube-aws-iam plan --all-clusters --region eu-central-1
  kube-aws-iam plan --output json | jq '.items[] | select(.action == "refuse")'

Exit codes:
  0  success
  1  error, or part of the cluster could not be read (the plan is incomplete)
  2  usage error`;

/** Adds `plan`. */
export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .summary('show what the next pass would do, and why')
    .description(
      'Shows which Secrets the next pass would create, renew, mark, remove or refuse, and why. Reads the cluster and decides ' +
        'with the code of the refresher, but writes nothing and assumes no role. Roles whose trust policy denies the ' +
        'refresher are not detected; "doctor" tries to assume them.',
    )
    .addOption(
      new Option(
        '--pass <pass>',
        'refresh (every minute) or sweep (every ten minutes; marks and removes Secrets too)',
      )
        .choices(['refresh', 'sweep'])
        .default('refresh'),
    )
    .option('--all', 'also list Secrets that stay unchanged');
  withOutputOption(withKubectlNote(withFleetOptions(withConfigOptions(command))))
    .addHelpText('after', HELP)
    .action(async (options: PlanOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const show = options.allClusters
        ? (await import('./run-all.ts')).showPlanOfAll
        : (await import('./run.ts')).showPlan;
      process.exitCode = await show(createTerminal(), options);
    });
}

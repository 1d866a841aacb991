import type { Command } from 'commander';
import { withClusterOptions } from '../../options/cluster-options.ts';
import { withFleetOptions } from '../../options/fleet-options.ts';
import { withKubeconfigOptions } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { PauseOptions } from './run.ts';

const HELP = `
Examples:
  kube-aws-iam pause
  kube-aws-iam pause --all-clusters --region eu-central-1
  kube-aws-iam pause --cluster prod --region eu-central-1 --yes

Exit codes:
  0  the refresher is paused
  1  error, or not confirmed
  2  usage error (without a terminal, --yes is required)`;

/** Adds `pause`. */
export function addPause(program: Command): void {
  const command = program
    .command('pause')
    .summary('stop the refresher: no Secret is created, renewed or removed')
    .description(
      'The kill switch: sets the reserved concurrency of the functions to 0, so that they cannot be invoked, and shows when ' +
        'the credentials in use expire. Scales a refresher that runs in the cluster to 0. With --yes it pauses first. Without a cdk.json, use --cluster and --region. Can be ' +
        'repeated.',
    )
    .option('-y, --yes', 'do not ask for confirmation');
  withOutputOption(withKubeconfigOptions(withFleetOptions(withClusterOptions(command))))
    .addHelpText('after', HELP)
    .action(async (options: PauseOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { createConfirm } = await import('./confirm.ts');
      const confirm = createConfirm(command, options.yes === true);
      const pause = options.allClusters
        ? (await import('./run-all.ts')).pauseAll
        : (await import('./run.ts')).pauseFunctions;
      process.exitCode = await pause(createTerminal(), options, confirm);
    });
}

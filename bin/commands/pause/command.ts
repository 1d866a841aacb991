import type { Command } from 'commander';
import { withClusterOptions } from '../../options/cluster-options.ts';
import { withKubeconfigOptions } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { PauseOptions } from './run.ts';

const AFTER = `
Examples:
  kube-aws-iam pause
  kube-aws-iam pause --cluster prod --region eu-central-1 --yes

Exit codes:
  0  both functions are paused
  1  an error, or it was not confirmed
  2  it was called wrongly; --yes is needed where there is no terminal`;

/** Adds `pause`. */
export function addPause(program: Command): void {
  const command = program
    .command('pause')
    .summary('stop the functions: nothing is made, renewed or removed')
    .description(
      'The kill switch: sets the reserved concurrency of both functions to 0, so that no invocation of them starts, and says ' +
        'until when credentials in use last. With --yes it pauses first and looks afterwards. Without a cdk.json say --cluster and --region. It can be repeated.',
    )
    .option('-y, --yes', 'do not ask');
  withOutputOption(withKubeconfigOptions(withClusterOptions(command)))
    .addHelpText('after', AFTER)
    .action(async (options: PauseOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { confirmBy } = await import('./confirm.ts');
      const { pauseFunctions } = await import('./run.ts');
      const confirm = confirmBy(command, options.yes === true);
      process.exitCode = await pauseFunctions(createTerminal(), options, confirm);
    });
}

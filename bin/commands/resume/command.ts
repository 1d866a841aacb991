import type { Command } from 'commander';
import { withClusterOptions } from '../../options/cluster-options.ts';
import { withFleetOptions } from '../../options/fleet-options.ts';
import { withKubeconfigOptions } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { ResumeOptions } from './run.ts';

const HELP = `
Examples:
  kube-aws-iam resume
  kube-aws-iam resume --all-clusters
  kube-aws-iam resume --cluster prod --region eu-central-1

Exit codes:
  0  the refresher is resumed
  1  error (completed steps are shown)
  2  usage error`;

/** Adds `resume`. */
export function addResume(program: Command): void {
  const command = program
    .command('resume')
    .summary('resume the refresher after a pause')
    .description(
      'Sets the reserved concurrency of the functions to that of cdk.json, or removes it. Without a cdk.json, use --cluster ' +
        'and --region; a function that is not paused then keeps its concurrency, and the others get that of the default ' +
        'settings. Invokes nothing: the schedules do. A refresher that runs in the cluster gets the replicas that it had before ' +
        'the pause. Can be repeated.',
    );
  withOutputOption(withKubeconfigOptions(withFleetOptions(withClusterOptions(command))))
    .addHelpText('after', HELP)
    .action(async (options: ResumeOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const resume = options.allClusters
        ? (await import('./run-all.ts')).resumeAll
        : (await import('./run.ts')).resumeFunctions;
      process.exitCode = await resume(createTerminal(), options);
    });
}

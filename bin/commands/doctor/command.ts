import type { Command } from 'commander';
import { withClusterOptions } from '../../options/cluster-options.ts';
import { withKubernetesOptions } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { DoctorOptions } from './run.ts';

const AFTER = `
Results:
  ok           it is as it should be
  warning      it works, and should be mended
  FAILED       it does not work; -> says what to do
  not checked  you may not look at it, or something else has to be mended first

Examples:
  kube-aws-iam doctor
  kube-aws-iam doctor --context prod-admin
  kube-aws-iam doctor --output json | jq '.checks[] | select(.status == "failed")'

Exit codes:
  0  nothing failed; how many checks could not be made is said
  1  something failed, or neither the cluster nor AWS could be looked at
  2  it was called wrongly`;

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('find out why pods do not get their credentials')
    .description(
      'Walks the whole chain, from the settings over the cluster, the chart, the way in, the functions and the roles to the ' +
        'forwarder, and says of each link whether it holds, and what to do where it does not. The first that fails is where ' +
        'to begin. It changes nothing: the refresh function is invoked to check, from where it stands.',
    );
  withOutputOption(withKubernetesOptions(withClusterOptions(command)))
    .addHelpText('after', AFTER)
    .action(async (options: DoctorOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { showDiagnosis } = await import('./run.ts');
      process.exitCode = await showDiagnosis(createTerminal(), options);
    });
}

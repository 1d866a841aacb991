import type { Command } from 'commander';
import { withClusterOptions } from '../../options/cluster-options.ts';
import { withFleetOptions } from '../../options/fleet-options.ts';
import { withKubectlNote } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { DoctorOptions } from './run.ts';

const HELP = `
Results:
  ok           works
  warning      works, but should be fixed
  FAILED       does not work; the line with -> is the remedy
  not checked  you lack a permission, or another check has to be fixed first

Examples:
  kube-aws-iam doctor
  kube-aws-iam doctor --context prod-admin
  kube-aws-iam doctor --all-clusters --role-name operations
  kube-aws-iam doctor --output json | jq '.checks[] | select(.status == "failed")'

Exit codes:
  0  no check failed (some may be not checked)
  1  a check failed, or neither the cluster nor AWS can be reached
  2  usage error`;

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('find out why pods do not get credentials')
    .description(
      'Checks the whole chain from the settings to the forwarder: cluster, chart, access, refresher and roles. Prints the ' +
        'result of each check and a remedy for each problem; start with the first failure. Changes nothing: it invokes the ' +
        'refresh function, or the refresher in the cluster, in check mode, to test its own access.',
    );
  withOutputOption(withKubectlNote(withFleetOptions(withClusterOptions(command))))
    .addHelpText('after', HELP)
    .action(async (options: DoctorOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const run = options.allClusters
        ? (await import('./run-all.ts')).runDoctorOnAll
        : (await import('./run.ts')).runDoctor;
      process.exitCode = await run(createTerminal(), options);
    });
}

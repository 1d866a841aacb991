import type { Command } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withFleetOptions } from '../../options/fleet-options.ts';
import { withKubectlNote } from '../../options/kubeconfig-options.ts';
import { parseNamespaceName } from '../../options/name-arguments.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { StatusOptions } from './run.ts';

const HELP = `
States, most urgent first:
  expired    in use, and its credentials have expired
  overdue    in use, and not renewed in time
  refused    the stack or the namespace does not allow the role, or the name is taken
  missing    requested, but does not exist yet
  undecided  part of the cluster could not be read
  foreign    has the label, but is not managed by kube-aws-iam
  due        to be renewed by the next pass
  unused     not mounted by a pod
  ok         valid, and not yet due

Examples:
  kube-aws-iam status
  kube-aws-iam status --namespace shop
  kube-aws-iam status --all-clusters
  kube-aws-iam status --output json | jq '.secrets[] | select(.state == "overdue")'

Exit codes:
  0  success
  1  error, or part of the cluster could not be read (the list is incomplete)
  2  usage error`;

/** Adds `status`. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .summary('list all managed Secrets and their state')
    .description(
      'Lists all managed Secrets, and requested ones that do not exist: state, role, expiry, users. Reads metadata only: no ' +
        'credentials are read, nothing is written, and no role is assumed.',
    )
    .option('-n, --namespace <name>', 'limit the list to a namespace', parseNamespaceName);
  withOutputOption(withKubectlNote(withFleetOptions(withConfigOptions(command))))
    .addHelpText('after', HELP)
    .action(async (options: StatusOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const show = options.allClusters
        ? (await import('./run-all.ts')).showStatusOfAll
        : (await import('./run.ts')).showStatus;
      process.exitCode = await show(createTerminal(), options);
    });
}

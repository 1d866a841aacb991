import type { Command } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withFleetOptions } from '../../options/fleet-options.ts';
import { withKubeconfigOptions } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { RenewOptions } from './run.ts';

const HELP = `
Examples:
  kube-aws-iam renew --role app-orders
  kube-aws-iam renew --role app-orders --all-clusters
  kube-aws-iam renew --role arn:aws:iam::123456789012:role/team/billing --output json

Exit codes:
  0  all Secrets of the role were renewed (refused ones are listed, and expire)
  1  error, or some Secrets were not renewed
  2  usage error`;

/** Adds `renew`. */
export function addRenew(program: Command): void {
  const command = program
    .command('renew')
    .summary('renew all credentials of a role after you revoked its sessions')
    .description(
      'Renews every Secret of a role now, even if its credentials are still valid. Run it after you revoked the sessions of ' +
        'the role in IAM. Invokes the refresh function, and does not access the cluster itself; a refresher that runs in the ' +
        'cluster is asked over its Lease.',
    )
    .requiredOption('--role <role>', 'role name (appended to baseRoleArn) or role ARN');
  withOutputOption(withKubeconfigOptions(withFleetOptions(withConfigOptions(command))))
    .addHelpText('after', HELP)
    .action(async (options: RenewOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const renew = options.allClusters
        ? (await import('./run-all.ts')).renewRoleInAll
        : (await import('./run.ts')).renewRole;
      process.exitCode = await renew(createTerminal(), options);
    });
}

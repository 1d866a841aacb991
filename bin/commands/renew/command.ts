import type { Command } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { RenewOptions } from './run.ts';

const AFTER = `
Examples:
  kube-aws-iam renew --role app-orders
  kube-aws-iam renew --role arn:aws:iam::123456789012:role/team/billing --output json

Exit codes:
  0  all Secrets of the role were renewed that may be; those that are refused it are named, and end by themselves
  1  an error, or some were not
  2  it was called wrongly`;

/** Adds `renew`. */
export function addRenew(program: Command): void {
  const command = program
    .command('renew')
    .summary('renew the credentials of a role after its sessions were revoked')
    .description(
      'Has the refresh function make new credentials for every Secret of a role, however long the present ones last: for when ' +
        'the sessions of the role were revoked in IAM. Invokes the function; reaches the cluster through it alone.',
    )
    .requiredOption(
      '--role <role>',
      'name of the role, which is appended to baseRoleArn, or its ARN',
    );
  withOutputOption(withConfigOptions(command))
    .addHelpText('after', AFTER)
    .action(async (options: RenewOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { renewRole } = await import('./run.ts');
      process.exitCode = await renewRole(createTerminal(), options);
    });
}

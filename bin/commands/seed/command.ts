import type { Command } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withKubectlNote } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { SeedOptions } from './run.ts';

const HELP = `
Examples:
  kube-aws-iam seed
  kube-aws-iam seed --role arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-onprem --context onprem-admin

Exit codes:
  0  the refresher has credentials, and renews them from now on
  1  error
  2  usage error`;

/** Adds `seed`. */
export function addSeed(program: Command): void {
  const command = program
    .command('seed')
    .summary('issue the first AWS credentials of a refresher that runs in the cluster')
    .description(
      'Assumes the role of the refresher with your AWS credentials, and writes the Secret with which the refresher in the ' +
        'cluster ("runsIn": "cluster") starts, exactly as the refresher writes it. From then on the refresher renews it by itself. ' +
        'Run it after you applied the manifests, and again only if the refresher could not renew it for an hour. Writes as the ' +
        "refresher's ServiceAccount, for which you need permission to impersonate it, as cluster admins have.",
    )
    .option(
      '--role <arn>',
      'ARN of the role of the refresher (default: from the configuration; any other is rejected)',
    );
  withOutputOption(withKubectlNote(withConfigOptions(command)))
    .addHelpText('after', HELP)
    .action(async (options: SeedOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { seedRefresher } = await import('./run.ts');
      process.exitCode = await seedRefresher(createTerminal(), options);
    });
}

import { type Command, Option } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { namespaceName } from '../../options/name-arguments.ts';
import type { TrustPolicyOptions } from './run.ts';

const AFTER = `
Examples:
  kube-aws-iam trust-policy app-orders --namespace shop > trust.json
  aws iam update-assume-role-policy --role-name app-orders --policy-document file://trust.json

Exit codes:
  0  it is printed, also for a role that assumableRoles does not cover (a warning on standard error)
  1  an error
  2  it was called wrongly`;

/** Adds `trust-policy`. */
export function addTrustPolicy(program: Command): void {
  const command = program
    .command('trust-policy')
    .summary('print the trust policy to put on a role')
    .description(
      'Prints, as JSON, the trust policy by which the refresher may assume a role of pods, as the settings of the cluster are: ' +
        'through the intermediate role, with session tags, with the external id. Reaches neither the cluster nor IAM.',
    )
    .argument('[role]', 'name or ARN of the role: says whether assumableRoles covers it')
    .option('-n, --namespace <name>', 'bind the role to pods of this namespace', namespaceName)
    .addOption(
      new Option('-o, --output <format>', 'JSON in any case').choices(['json']).default('json'),
    );
  withConfigOptions(command)
    .addHelpText('after', AFTER)
    .action(async (role: string | undefined, options: TrustPolicyOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { printTrustPolicy } = await import('./run.ts');
      await printTrustPolicy(createTerminal(), role, options);
    });
}

import { type Command, Option } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withKubeconfigOptions } from '../../options/kubeconfig-options.ts';
import { parseNamespaceName } from '../../options/name-arguments.ts';
import type { TrustPolicyOptions } from './run.ts';

const HELP = `
Examples:
  kube-aws-iam trust-policy app-orders --namespace shop > trust.json
  aws iam update-assume-role-policy --role-name app-orders --policy-document file://trust.json

Exit codes:
  0  success (with a warning on standard error if assumableRoles does not cover the role)
  1  error
  2  usage error`;

/** Adds `trust-policy`. */
export function addTrustPolicy(program: Command): void {
  const command = program
    .command('trust-policy')
    .summary('print the trust policy for a role that pods use')
    .description(
      "Prints, as JSON, the trust policy that lets the refresher assume a role for pods. It follows the cluster's settings for " +
        'sessions, intermediate role, session tags and external ID. Accesses neither the cluster nor IAM, except with --deployed.',
    )
    .argument('[role]', 'role name or ARN, to check whether assumableRoles covers it')
    .option('-n, --namespace <name>', 'limit the role to pods of a namespace', parseNamespaceName)
    .addOption(
      new Option('-o, --output <format>', 'output format').choices(['json']).default('json'),
    );
  withKubeconfigOptions(withConfigOptions(command))
    .addHelpText('after', HELP)
    .action(async (role: string | undefined, options: TrustPolicyOptions) => {
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { printTrustPolicy } = await import('./run.ts');
      await printTrustPolicy(createTerminal(), role, options);
    });
}

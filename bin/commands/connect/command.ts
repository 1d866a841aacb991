import { type Command, InvalidArgumentError } from 'commander';
import { withConfigOptions } from '../../options/cluster-options.ts';
import { withKubeconfigOptions } from '../../options/kubeconfig-options.ts';
import { withOutputOption } from '../../options/output-option.ts';
import type { ConnectOptions } from './run.ts';

const HELP = `
Logins ("kubernetes.login" in cdk.json):
  serviceAccount       requests a token of the chart's ServiceAccount; the functions rotate it
  clientCertificate    has the cluster sign a client certificate (CertificateSigningRequest)
  kubeconfig           stores the kubeconfig of --from
  awsIamAuthenticator  stores nothing, and prints the mapping to add to aws-iam-authenticator

Examples:
  kube-aws-iam connect
  kube-aws-iam connect --cluster onprem --context onprem-admin --token-hours 168
  kube-aws-iam connect --cluster onprem --from refresher.kubeconfig

Exit codes:
  0  the login is stored
  1  error; the login stored before is unchanged
  2  usage error`;

const MAX_TOKEN_HOURS = 8_760;

/** Adds `connect`. */
export function addConnect(program: Command): void {
  const command = program
    .command('connect')
    .summary('create and store the login of a cluster that is not on EKS')
    .description(
      'Creates the login of the functions for a cluster of kind "kubernetes", with your rights in the cluster, verifies it ' +
        'against the API server of the settings, and stores it in Secrets Manager. Run it after "cdk deploy" and after you ' +
        'applied the manifests. Can be repeated: each time, a new login replaces the stored one.',
    )
    .option(
      '--token-hours <hours>',
      'requested life of a token, with login "serviceAccount"; the API server may shorten it (default: 720)',
      parseHours,
    )
    .option('--from <file>', 'store the token or client certificate of this kubeconfig file')
    .option(
      '--allow-token-without-expiry',
      'with --from, store a token that does not expire, and acknowledge that nothing rotates it',
    );
  withOutputOption(withKubeconfigOptions(withConfigOptions(command)))
    .addHelpText('after', HELP)
    .action(async (options: ConnectOptions) => {
      if (options.allowTokenWithoutExpiry === true && options.from === undefined) {
        command.error('error: --allow-token-without-expiry needs --from');
      }
      if (options.tokenHours !== undefined && options.from !== undefined) {
        command.error('error: --token-hours cannot be used with --from: no token is requested');
      }
      const { createTerminal } = await import('../../../tools/terminal/terminal.ts');
      const { connectFunctions } = await import('./run.ts');
      process.exitCode = await connectFunctions(createTerminal(), options);
    });
}

function parseHours(value: string): number {
  const hours = Number(value);
  if (/^\d{1,4}$/.test(value) && hours >= 1 && hours <= MAX_TOKEN_HOURS) return hours;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_TOKEN_HOURS}.`);
}

import { type Command, InvalidArgumentError } from 'commander';

/** Which cluster a command works on. */
export interface ClusterOptions {
  /** Name of the cluster. Required if `cdk.json` has several. */
  readonly cluster?: string;
  /** Region of the cluster, if `cdk.json` does not set it, or has several clusters of the name. */
  readonly region?: string;
  /** Account of the cluster, if `cdk.json` does not set it, or has several clusters of the name in the region. */
  readonly account?: string;
  /** Name of a role to assume in that account, to call AWS. */
  readonly roleName?: string;
}

/** Where a command reads the configuration of the refresher. */
export interface ConfigOptions extends ClusterOptions {
  /** Read it from the deployed function, or the Deployment in the cluster, instead of `cdk.json`. */
  readonly deployed?: boolean;
}

/** Adds the options of {@link ClusterOptions} to a command. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--cluster <name>', 'name of the cluster in cdk.json; required if it has several')
    .option(
      '--region <region>',
      'region of the cluster (default: from cdk.json, else the region to which "cdk deploy" would deploy)',
    )
    .option(
      '--account <id>',
      'account of the cluster (default: from cdk.json, else that of your credentials)',
      parseAccount,
    );
}

function parseAccount(value: string): string {
  if (/^\d{12}$/.test(value)) return value;
  throw new InvalidArgumentError('An account ID has 12 digits.');
}

/** Adds the options of {@link ConfigOptions} to a command. */
export function withConfigOptions(command: Command): Command {
  return withClusterOptions(command).option(
    '--deployed',
    'read the configuration from the deployed function, or from the Deployment if the refresher runs in the cluster, instead of cdk.json; needs --cluster if there is no cdk.json',
  );
}

import type { Command } from 'commander';

/** Which cluster a command works on. */
export interface ClusterOptions {
  /** Name of the cluster. Required if `cdk.json` has several. */
  readonly cluster?: string;
  /** Region of the cluster, if `cdk.json` does not set it. */
  readonly region?: string;
}

/** Where a command reads the configuration of the functions. */
export interface ConfigOptions extends ClusterOptions {
  /** Read it from the deployed function instead of `cdk.json`. */
  readonly deployed?: boolean;
}

/** Adds the options of {@link ClusterOptions} to a command. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--cluster <name>', 'name of the EKS cluster; required if cdk.json has several')
    .option(
      '--region <region>',
      'region of the cluster (default: from cdk.json, else the region to which "cdk deploy" would deploy)',
    );
}

/** Adds the options of {@link ConfigOptions} to a command. */
export function withConfigOptions(command: Command): Command {
  return withClusterOptions(command).option(
    '--deployed',
    'read the configuration from the deployed function instead of cdk.json; needs --cluster if there is no cdk.json',
  );
}

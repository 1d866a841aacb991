import type { Command } from 'commander';

/** Which cluster a command is about. */
export interface ClusterOptions {
  /** Name of the cluster, where `cdk.json` has several. */
  readonly cluster?: string;
  /** Its region, where `cdk.json` does not say it; not another one. */
  readonly region?: string;
}

/** Where the configuration of the functions is taken from besides. */
export interface ConfigOptions extends ClusterOptions {
  /** From the functions that are deployed, instead of `cdk.json`. */
  readonly deployed?: boolean;
}

/** Gives a command the options of {@link ClusterOptions}. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--cluster <name>', 'name of the EKS cluster, where cdk.json has several')
    .option(
      '--region <region>',
      "its region, where cdk.json does not say it (else AWS_REGION, else the AWS profile's)",
    );
}

/** Gives a command the options of {@link ConfigOptions}. */
export function withConfigOptions(command: Command): Command {
  return withClusterOptions(command).option(
    '--deployed',
    'take the configuration from the function that is deployed instead of from cdk.json; ' +
      'without a cdk.json in the working directory say --cluster too',
  );
}

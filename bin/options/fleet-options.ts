import { type Command, InvalidArgumentError, Option } from 'commander';

/** How a command works on every cluster of `cdk.json`. */
export interface FleetOptions {
  /** Work on every cluster; `--region` and `--account` limit which. */
  readonly allClusters?: boolean;
}

/** Adds the options of {@link FleetOptions}, and the role to assume, to a command that can work on one cluster or on all. */
export function withFleetOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--all-clusters',
        'every cluster of cdk.json (of --region and --account); contexts are found by the server',
      ).conflicts(['cluster', 'context', 'namespace']),
    )
    .option(
      '--role-name <name>',
      'role, with its path, to assume in the account of the cluster (default: your own credentials)',
      parseRoleName,
    );
}

/** Parses the name of an IAM role with its path, such as `operations/kube-aws-iam`. */
function parseRoleName(value: string): string {
  if (/^(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(value)) return value;
  throw new InvalidArgumentError('It must be the name of a role, not an ARN.');
}

import { forwarderRoleName, refresherRoleName } from '../names.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { roleArnPattern } from '../settings/role-pattern.ts';

/** Where the stack of a cluster is deployed. Each property can be a token. */
export interface ClusterLocation {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** The IAM roles of a cluster. */
export interface ClusterRoles {
  /** ARN prefix to which role names are appended. */
  readonly baseRoleArn: string;
  /** ARN of the role of the functions. */
  readonly refresherRoleArn: string;
  /** ARN of the forwarder's role. Undefined if the forwarder does not get its credentials from the refresher. */
  readonly forwarderRoleArn: string | undefined;
  /** ARN patterns of the roles that pods can use. */
  readonly assumableRoles: readonly string[];
  /** ARN patterns of the roles that the functions can never assume. */
  readonly neverAssumed: readonly string[];
  /** ARN patterns of the roles that no pod can use: those never assumed, and the intermediate role. */
  readonly deniedRoles: readonly string[];
}

/**
 * Derives the roles of a cluster from its settings, for the stack and for the command line.
 *
 * @param stackRoles - ARNs of other roles of the stack that no pod can use
 */
export function clusterRoles(
  settings: ClusterSettings,
  location: ClusterLocation,
  stackRoles: readonly string[] = [],
): ClusterRoles {
  const { partition, account, region } = location;
  const { clusterName, assumeRole, forwarderCredentials } = settings;
  const arnOf = (roleName: string) => `arn:${partition}:iam::${account}:role/${roleName}`;
  const baseRoleArn = baseRoleArnOf(settings, partition, account);
  // Derived from the name: the role's policy cannot refer to the role, and it and the forwarder's role name each other.
  const refresherRoleArn = arnOf(refresherRoleName(region, clusterName));
  const neverAssumed = [
    // Roles of the CDK bootstrap can deploy anything, and so become anyone.
    `arn:${partition}:iam::*:role/cdk-*`,
    refresherRoleArn,
    ...stackRoles,
    ...(forwarderCredentials === undefined ? [] : [forwarderCredentials.roleArn]),
  ];
  return {
    baseRoleArn,
    refresherRoleArn,
    forwarderRoleArn:
      forwarderCredentials === undefined
        ? arnOf(forwarderRoleName(region, clusterName))
        : undefined,
    assumableRoles: settings.assumableRoles.map((pattern) => roleArnPattern(pattern, baseRoleArn)),
    neverAssumed,
    deniedRoles: [...neverAssumed, ...(assumeRole === undefined ? [] : [assumeRole])],
  };
}

/**
 * The ARN prefix to which role names are appended in a cluster.
 *
 * @param partition - of the stack; can be a token
 * @param account - of the stack; can be a token
 */
export function baseRoleArnOf(
  settings: Pick<ClusterSettings, 'baseRoleArn'>,
  partition: string,
  account: string,
): string {
  return settings.baseRoleArn ?? `arn:${partition}:iam::${account}:role/`;
}

import { forwarderRoleName, refresherRoleName } from '../names.ts';
import { roleArnPattern } from '../settings/role-pattern.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { baseRoleArnOf } from './base-role-arn.ts';

/** Where the stack of a cluster is. Each may be a token. */
export interface ClusterLocation {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** The roles that a cluster's functions deal with; those that may be many as ARN patterns. */
export interface ClusterRoles {
  /** What the name of a role is appended to. */
  readonly baseRoleArn: string;
  /** The role of the functions. */
  readonly refresherRoleArn: string;
  /** The role of the forwarder, if it gets its credentials from the refresher. */
  readonly forwarderRoleArn: string | undefined;
  readonly assumableRoles: readonly string[];
  /** Those that the functions may never assume, by policy. */
  readonly neverAssumed: readonly string[];
  /** Those that they give to no pod: the intermediate role too, without which nothing could be assumed. */
  readonly deniedRoles: readonly string[];
}

/**
 * The roles of a cluster by its settings. The stack and the command line both ask here, so that they cannot differ.
 *
 * @param rolesOfStack - roles that only the stack knows, and that no pod may have
 */
export function clusterRoles(
  settings: ClusterSettings,
  place: ClusterLocation,
  rolesOfStack: readonly string[] = [],
): ClusterRoles {
  const { partition, account, region } = place;
  const { clusterName, assumeRole, forwarderCredentials } = settings;
  const ownRoleArn = (name: string) => `arn:${partition}:iam::${account}:role/${name}`;
  const baseRoleArn = baseRoleArnOf(settings, partition, account);
  // Made from the name: the role cannot refer to itself, and it and the forwarder's name each other.
  const refresherRoleArn = ownRoleArn(refresherRoleName(region, clusterName));
  const neverAssumed = [
    // Roles of the CDK bootstrap may deploy anything, that is, become anyone.
    `arn:${partition}:iam::*:role/cdk-*`,
    refresherRoleArn,
    ...rolesOfStack,
    ...(forwarderCredentials === undefined ? [] : [forwarderCredentials.roleArn]),
  ];
  return {
    baseRoleArn,
    refresherRoleArn,
    forwarderRoleArn:
      forwarderCredentials === undefined
        ? ownRoleArn(forwarderRoleName(region, clusterName))
        : undefined,
    assumableRoles: settings.assumableRoles.map((pattern) => roleArnPattern(pattern, baseRoleArn)),
    neverAssumed,
    deniedRoles: [...neverAssumed, ...(assumeRole === undefined ? [] : [assumeRole])],
  };
}

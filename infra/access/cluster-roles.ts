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
  /**
   * ARN of the role that the product's pod gets from the refresher: that of the forwarder, or the refresher's own if it runs in
   * the cluster. Undefined if the pod gets its credentials elsewhere.
   */
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
  const renewsItself = renewsOwnCredentials(settings);
  const arnOf = (roleName: string) => `arn:${partition}:iam::${account}:role/${roleName}`;
  const baseRoleArn = baseRoleArnOf(settings, partition, account);
  // Derived from the name: the role's policy cannot refer to the role, and it and the forwarder's role name each other.
  const refresherRoleArn = arnOf(refresherRoleName(region, clusterName));
  const neverAssumed = [
    // Roles of the CDK bootstrap can deploy anything, and so become anyone.
    `arn:${partition}:iam::*:role/cdk-*`,
    ...(renewsItself ? [] : [refresherRoleArn]),
    ...stackRoles,
    ...(forwarderCredentials === undefined ? [] : [forwarderCredentials.roleArn]),
  ];
  const podRoleArn = () => {
    if (renewsItself) return refresherRoleArn;
    const hasForwarder = settings.runsIn === 'lambda' && forwarderCredentials === undefined;
    return hasForwarder ? arnOf(forwarderRoleName(region, clusterName)) : undefined;
  };
  return {
    baseRoleArn,
    refresherRoleArn,
    forwarderRoleArn: podRoleArn(),
    assumableRoles: settings.assumableRoles.map((pattern) => roleArnPattern(pattern, baseRoleArn)),
    neverAssumed,
    deniedRoles: [...neverAssumed, ...(assumeRole === undefined ? [] : [assumeRole])],
  };
}

/** Whether the refresher runs in the cluster on credentials in a Secret, which it renews as those of any pod. */
export function renewsOwnCredentials({
  runsIn,
  sessions,
}: Pick<ClusterSettings, 'runsIn' | 'sessions'>): boolean {
  return runsIn === 'cluster' && sessions.source === 'role';
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

import type { ClusterSettings } from '../settings/cluster-settings.ts';

/**
 * What the name of a role is appended to in a cluster.
 *
 * @param partition - of the stack; may be a token
 * @param account - of the stack; may be a token
 */
export function baseRoleArnOf(
  settings: Pick<ClusterSettings, 'baseRoleArn'>,
  partition: string,
  account: string,
): string {
  return settings.baseRoleArn ?? `arn:${partition}:iam::${account}:role/`;
}

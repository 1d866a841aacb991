/** Longest session name that STS takes. */
const LONGEST_SESSION_NAME = 64;

/**
 * The name that CloudTrail shows and that a trust policy can insist on (`sts:RoleSessionName`):
 * `<namespace>@<cluster>`. A namespace has at most 63 characters, so it is always there whole, up to the `@`.
 */
export function sessionName(namespace: string, clusterName: string): string {
  return `${namespace}@${clusterName}`.slice(0, LONGEST_SESSION_NAME);
}

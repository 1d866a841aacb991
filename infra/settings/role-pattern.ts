/** Either a role's ARN or the end of one, with `*` for any run of characters and `?` for one (IAM's wildcards). */
const ROLE_ARN_PATTERN = /^arn:aws(?:-[a-z]+)*:iam::(?:\d{12}|\*):role\/(?<role>[\w+=,.@/*?-]+)$/;
const ROLE_NAME_PATTERN = /^(?!\/)[\w+=,.@/*?-]+$/;

/** What a role pattern may look like, for people. */
export const RIGHT_ROLE_PATTERN =
  'a pattern for role names such as "app-*" or "team/*-reader", or for ARNs such as "arn:aws:iam::123456789012:role/app-*"';

/**
 * Says what is wrong with a pattern of `assumableRoles`; undefined when it is right. A pattern that leaves every role
 * open is wrong: pods could then ask for an administrator's role, and only that role's trust policy would stop them.
 */
export function validateRolePattern(pattern: string): string | undefined {
  const role = pattern.startsWith('arn:')
    ? ROLE_ARN_PATTERN.exec(pattern)?.groups?.['role']
    : ROLE_NAME_PATTERN.exec(pattern)?.[0];
  if (role === undefined) {
    return (
      `it must be ${RIGHT_ROLE_PATTERN}; in an ARN the partition has no wildcard, ` +
      'and the account is 12 digits or "*"'
    );
  }
  if (/[A-Za-z0-9]/.test(role)) return undefined;
  return (
    'it means every role, those of administrators too; ' +
    'name the roles that pods may have by a prefix, suffix or path, such as "app-*" or "pods/*"'
  );
}

/** The ARN pattern that a pattern of `assumableRoles` stands for: a name is appended to the base, an ARN is taken as it is. */
export function roleArnPattern(pattern: string, baseRoleArn: string): string {
  return pattern.startsWith('arn:') ? pattern : baseRoleArn + pattern;
}

/** The account in an ARN pattern: 12 digits, or `*` for any. Undefined for a name, which is in the account of the base. */
export function accountOfPattern(pattern: string): string | undefined {
  return pattern.startsWith('arn:') ? pattern.split(':')[4] : undefined;
}

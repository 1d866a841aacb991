import { ROLE_ARN_PATTERN } from '../../contract/aws/role-arn.ts';

const ROLE_NAME_PATTERN = /^(?!\/)[\w+=,.@/*?-]+$/;

/**
 * Returns why a pattern of `assumableRoles` is invalid, or undefined if it is valid. A pattern that matches every role is
 * invalid: pods could then request an administrator's role, protected by the role's trust policy alone.
 */
export function validateRolePattern(pattern: string): string | undefined {
  const role = pattern.startsWith('arn:')
    ? ROLE_ARN_PATTERN.exec(pattern)?.groups?.['role']
    : ROLE_NAME_PATTERN.exec(pattern)?.[0];
  if (role === undefined) {
    return (
      'it must be a pattern for role names such as "app-*" or "team/*-reader", or for ARNs such as ' +
      '"arn:aws:iam::123456789012:role/app-*"; in an ARN the partition has no wildcards, and the account is 12 digits or "*"'
    );
  }
  if (/[A-Za-z0-9]/.test(role)) return undefined;
  return (
    'it matches every role, including those of administrators; ' +
    'restrict it by a prefix, suffix or path, such as "app-*" or "pods/*"'
  );
}

/** Returns a pattern of `assumableRoles` as an ARN pattern: role names are appended to the base, ARNs stay as they are. */
export function roleArnPattern(pattern: string, baseRoleArn: string): string {
  return pattern.startsWith('arn:') ? pattern : baseRoleArn + pattern;
}

/** The account of an ARN pattern: 12 digits, or `*` for any. Undefined for role names, which use the account of the base. */
export function accountOfPattern(pattern: string): string | undefined {
  return pattern.startsWith('arn:') ? pattern.split(':')[4] : undefined;
}

import {
  ALLOWED_ROLES_ANNOTATION,
  type AllowedRolesFormat,
  PERMITTED_ANNOTATION,
} from '../../contract/kubernetes/namespace.ts';

/** A star that no expression for role names would have: at the beginning, or after a character of a name. */
const GLOB = /(?:^|(?<!\\)[\w\-/:@,=])\*/;

/** Syntax of regular expressions that no name and no glob contains. */
const EXPRESSION = /[\^$|\\()[\]{}?]|\.[*+]/;

/**
 * Returns a hint if `allowed-roles` looks as if it were written in the other format; undefined otherwise.
 * Quotes nothing of the annotation: a tenant wrote it, and an administrator may paste this into a shell.
 */
export function formatHint(
  elements: readonly string[],
  format: AllowedRolesFormat,
): string | undefined {
  if (format === 'regexp') {
    return elements.some((element) => GLOB.test(element))
      ? `annotation ${ALLOWED_ROLES_ANNOTATION} contains a glob, but the setting allowedRolesFormat is "regexp": write ".*" instead of "*", such as [".*"] for every role`
      : undefined;
  }
  return elements.some((element) => EXPRESSION.test(element))
    ? `annotation ${ALLOWED_ROLES_ANNOTATION} contains a regular expression, but the setting allowedRolesFormat is "glob": write "*" instead of ".*", such as ["*"] for every role, and no other special characters`
    : undefined;
}

/** Returns how `permitted` was read, which does not match a role. kiam 3 also accepted expressions for the name alone. */
export function permittedHint(matchesName: boolean): string {
  return matchesName
    ? `annotation ${PERMITTED_ANNOTATION} was read and matches the name of the role, but must match its whole ARN: put ".*/" before it`
    : `annotation ${PERMITTED_ANNOTATION} was read, and does not match: it must match the whole ARN of the role`;
}

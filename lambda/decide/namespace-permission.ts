import { RE2JS } from 're2js';
import { ALLOWED_ROLES_ANNOTATION, PERMITTED_ANNOTATION } from '../contract/namespace.ts';
import { matchGlob } from './match-glob.ts';

/** What a namespace's annotations say about roles. */
export type NamespacePermission =
  | { readonly kind: 'unannotated' }
  | { readonly kind: 'malformed'; readonly message: string }
  | { readonly kind: 'annotated'; allows(roleArn: string): boolean };

/** Longest regular expression that is compiled; a whole annotation could hold one of 256 KiB. */
const LONGEST_EXPRESSION = 512;
/**
 * The most instructions that an expression may become. A match takes time in proportion to them, some milliseconds with
 * so many; `((.{0,30}){0,30})` alone has 1,900.
 */
const LARGEST_PROGRAM = 2_000;
/** Longest list of globs, in characters; some 130 ARNs. */
const LONGEST_LIST = 8_192;

type Reading = ((roleArn: string) => boolean) | { readonly malformed: string };

/**
 * Reads the two annotations by which a namespace allows roles, of kube2iam and of kiam. With both, either allows; if
 * one cannot be read, nothing is allowed, so that a slip of the pen never widens what is.
 *
 * @param baseRoleArn - what a glob that is no ARN is appended to
 */
export function readNamespacePermission(
  annotations: Readonly<Record<string, string>>,
  baseRoleArn: string,
): NamespacePermission {
  const globs = annotations[ALLOWED_ROLES_ANNOTATION];
  const expression = annotations[PERMITTED_ANNOTATION];
  const readings: Reading[] = [];
  if (globs !== undefined) readings.push(readAllowedRoles(globs, baseRoleArn));
  if (expression !== undefined) readings.push(readPermitted(expression));

  if (readings.length === 0) return { kind: 'unannotated' };
  const allowing: ((roleArn: string) => boolean)[] = [];
  for (const reading of readings) {
    if (typeof reading !== 'function') return { kind: 'malformed', message: reading.malformed };
    allowing.push(reading);
  }
  return { kind: 'annotated', allows: (roleArn) => allowing.some((allows) => allows(roleArn)) };
}

function readAllowedRoles(value: string, baseRoleArn: string): Reading {
  if (value.length > LONGEST_LIST) {
    return {
      malformed: `annotation ${ALLOWED_ROLES_ANNOTATION} is longer than ${LONGEST_LIST} characters`,
    };
  }
  const globs = parseStrings(value);
  if (globs === undefined) {
    return {
      malformed: `annotation ${ALLOWED_ROLES_ANNOTATION} is not a JSON array of strings, such as ["orders", "orders-*"]`,
    };
  }
  const patterns = globs.map((glob) => (glob.startsWith('arn:') ? glob : baseRoleArn + glob));
  return (roleArn) => patterns.some((pattern) => matchGlob(pattern, roleArn));
}

function parseStrings(value: string): readonly string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) && parsed.every((item) => typeof item === 'string')
      ? parsed
      : undefined;
  } catch {
    return undefined;
  }
}

/** kiam wraps the expression in `^` and `$`; here it has to match the whole ARN, so `a|b` does not end half anchored. */
function readPermitted(value: string): Reading {
  if (value.length > LONGEST_EXPRESSION) {
    return {
      malformed: `annotation ${PERMITTED_ANNOTATION} is longer than ${LONGEST_EXPRESSION} characters`,
    };
  }
  try {
    // RE2 takes linear time and refuses what only backtracking can do: a tenant's expression cannot hang a run.
    const expression = RE2JS.compile(value);
    if (expression.programSize() > LARGEST_PROGRAM) {
      return {
        malformed: `annotation ${PERMITTED_ANNOTATION} is too complex; avoid nested and large counts such as {0,100}`,
      };
    }
    return (roleArn) => expression.matches(roleArn);
  } catch {
    return {
      malformed: `annotation ${PERMITTED_ANNOTATION} is not a regular expression of the RE2 syntax`,
    };
  }
}

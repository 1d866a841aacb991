import {
  ALLOWED_ROLES_ANNOTATION,
  type AllowedRolesFormat,
  PERMITTED_ANNOTATION,
} from '../../contract/namespace.ts';
import { compileBounded } from './bounded-expressions.ts';

/** What a namespace's annotations say about roles. */
export type NamespacePermission =
  | { readonly kind: 'unannotated' }
  | { readonly kind: 'malformed'; readonly message: string }
  | { readonly kind: 'annotated'; allows(roleArn: string): boolean };

/** How annotations are read. */
export interface AnnotationRules {
  /** What an element of `allowed-roles` that is no ARN is appended to. */
  readonly baseRoleArn: string;
  readonly allowedRolesFormat: AllowedRolesFormat;
}

/** Longest list of roles, in characters; some 130 ARNs. */
const LONGEST_LIST = 8_192;

type Reading = ((roleArn: string) => boolean) | { readonly malformed: string };

/**
 * Reads the two annotations by which a namespace allows roles, of kube2iam and of kiam. With both, either allows; if
 * one cannot be read, nothing is allowed, so that a slip of the pen never widens what is.
 */
export function readNamespacePermission(
  annotations: Readonly<Record<string, string>>,
  rules: AnnotationRules,
): NamespacePermission {
  const roles = annotations[ALLOWED_ROLES_ANNOTATION];
  const expression = annotations[PERMITTED_ANNOTATION];
  const readings: Reading[] = [];
  if (roles !== undefined) readings.push(readAllowedRoles(roles, rules));
  if (expression !== undefined) readings.push(readPermitted(expression));

  if (readings.length === 0) return { kind: 'unannotated' };
  const allowing: ((roleArn: string) => boolean)[] = [];
  for (const reading of readings) {
    if (typeof reading !== 'function') return { kind: 'malformed', message: reading.malformed };
    allowing.push(reading);
  }
  return { kind: 'annotated', allows: (roleArn) => allowing.some((allows) => allows(roleArn)) };
}

/**
 * The value of the annotation that allows one role and no other.
 *
 * @param role - its name; characters that mean something in an expression are put into brackets
 */
export function allowedRolesValue(role: string, format: AllowedRolesFormat): string {
  const element = format === 'glob' ? role : `${role.replaceAll(/[.+]/g, '[$&]')}$`;
  return JSON.stringify([element]);
}

function readAllowedRoles(value: string, rules: AnnotationRules): Reading {
  if (value.length > LONGEST_LIST) {
    return malformed(ALLOWED_ROLES_ANNOTATION, `is longer than ${LONGEST_LIST} characters`);
  }
  const roles = parseStrings(value);
  if (roles === undefined) {
    const right =
      rules.allowedRolesFormat === 'glob' ? '["orders", "orders-*"]' : '["orders$", "orders-.*"]';
    return malformed(ALLOWED_ROLES_ANNOTATION, `is not a JSON array of strings, such as ${right}`);
  }
  return rules.allowedRolesFormat === 'glob'
    ? allowedByGlobs(roles, rules)
    : allowedByExpressions(roles, rules);
}

function allowedByGlobs(globs: readonly string[], { baseRoleArn }: AnnotationRules): Reading {
  const patterns = globs.map((glob) => (isArn(glob) ? glob : baseRoleArn + glob));
  return (roleArn) => patterns.some((pattern) => matchGlob(pattern, roleArn));
}

/**
 * kube2iam looks for an expression, with `baseRoleArn` before it, anywhere in the ARN, so that of `a|b` only the first
 * half is bound to that account and path. Here all of it has to begin where the role's name does, or the ARN; it may
 * end before the name does, as there.
 */
function allowedByExpressions(
  sources: readonly string[],
  { baseRoleArn }: AnnotationRules,
): Reading {
  // It would match every role, which nobody means who writes nothing.
  if (sources.includes('')) return malformed(ALLOWED_ROLES_ANNOTATION, 'has an empty expression');
  const expressions = compileBounded(sources);
  if ('malformed' in expressions) return malformed(ALLOWED_ROLES_ANNOTATION, expressions.malformed);
  return (roleArn) => {
    const isBased = roleArn.startsWith(baseRoleArn);
    return expressions.some((expression, i) =>
      isArn(sources[i] ?? '')
        ? expression.matchesFrom(roleArn, 0)
        : isBased && expression.matchesFrom(roleArn, baseRoleArn.length),
    );
  };
}

/** kiam wraps the expression in `^` and `$`; here it has to match the whole ARN, so `a|b` does not end half anchored. */
function readPermitted(value: string): Reading {
  const compiled = compileBounded([value]);
  if ('malformed' in compiled) return malformed(PERMITTED_ANNOTATION, compiled.malformed);
  return (roleArn) => compiled.every((expression) => expression.matches(roleArn));
}

function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

function malformed(annotation: string, why: string): Reading {
  return { malformed: `annotation ${annotation} ${why}` };
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

/**
 * True when `text` matches `pattern`, in which `*` stands for any run of characters, the empty one too. Takes time in
 * proportion to the product of the two lengths at most, whatever the pattern: patterns come from cluster users.
 *
 * @param anyOne - the character that stands for exactly one, `?` in IAM; kube2iam's globs have none
 */
export function matchGlob(pattern: string, text: string, anyOne?: '?'): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    // The star first: a text may hold the character itself.
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === text[t] || pattern[p] === anyOne)) {
      p++;
      t++;
    } else if (star >= 0) {
      // Only the last star need ever give way: what came before it has matched already.
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

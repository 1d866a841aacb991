import { BUDGET } from '../../contract/budgets.ts';
import {
  ALLOWED_ROLES_ANNOTATION,
  type AllowedRolesFormat,
  PERMITTED_ANNOTATION,
} from '../../contract/kubernetes/namespace.ts';
import { formatHint, permittedHint } from './annotation-hints.ts';
import { compileBounded } from './bounded-expressions.ts';

/** The roles that a namespace's annotations allow. */
export type NamespacePermission =
  | { readonly kind: 'unannotated' }
  | { readonly kind: 'malformed'; readonly message: string }
  | {
      readonly kind: 'annotated';
      allows(roleArn: string): boolean;
      /** What may be wrong with annotations that do not allow a role. */
      hintsFor(roleArn: string): readonly string[];
      /** The values of the annotations. */
      readonly text: string;
    };

/** How annotations are interpreted. */
export interface AnnotationRules {
  /** The ARN prefix of role names; ends in `/`. Prepended to elements of `allowed-roles` that are not ARNs. */
  readonly baseRoleArn: string;
  readonly allowedRolesFormat: AllowedRolesFormat;
}

/** What an annotation allows. */
interface Grant {
  allows(roleArn: string): boolean;
  /** What may be wrong with the annotation if it does not allow a role. */
  hintFor(roleArn: string): string | undefined;
}

/** Why an annotation is malformed. */
interface Malformed {
  readonly malformed: string;
}

/**
 * Reads the annotations of kube2iam and kiam that allow roles in a namespace. If both are set, either may allow a role.
 * If one of them is malformed, no role is allowed, so that a typing error never allows more.
 */
export function readNamespacePermission(
  annotations: Readonly<Record<string, string>>,
  rules: AnnotationRules,
): NamespacePermission {
  const allowedRoles = annotations[ALLOWED_ROLES_ANNOTATION];
  const permitted = annotations[PERMITTED_ANNOTATION];
  const parsed: (Grant | Malformed)[] = [];
  if (allowedRoles !== undefined) parsed.push(parseAllowedRoles(allowedRoles, rules));
  if (permitted !== undefined) parsed.push(parsePermitted(permitted, rules));

  if (parsed.length === 0) return { kind: 'unannotated' };
  const grants: Grant[] = [];
  for (const annotation of parsed) {
    if ('malformed' in annotation) return { kind: 'malformed', message: annotation.malformed };
    grants.push(annotation);
  }
  return {
    kind: 'annotated',
    allows: (roleArn) => grants.some((grant) => grant.allows(roleArn)),
    hintsFor: (roleArn) => grants.flatMap((grant) => grant.hintFor(roleArn) ?? []),
    text: JSON.stringify([allowedRoles, permitted]),
  };
}

/**
 * Returns the value of `allowed-roles` that allows exactly one role.
 *
 * @param role - its name or ARN; characters with a meaning in regular expressions are put into brackets
 */
export function allowedRolesValue(role: string, format: AllowedRolesFormat): string {
  const element = format === 'glob' ? role : `${role.replaceAll(/[.+]/g, '[$&]')}$`;
  return JSON.stringify([element]);
}

function parseAllowedRoles(value: string, rules: AnnotationRules): Grant | Malformed {
  if (value.length > BUDGET.allowedRolesLength) {
    return malformed(
      ALLOWED_ROLES_ANNOTATION,
      `is longer than ${BUDGET.allowedRolesLength} characters`,
    );
  }
  const elements = parseStringArray(value);
  if (elements === undefined) {
    const example =
      rules.allowedRolesFormat === 'glob' ? '["orders", "orders-*"]' : '["orders$", "orders-.*"]';
    return malformed(
      ALLOWED_ROLES_ANNOTATION,
      `is not a JSON array of strings, such as ${example}`,
    );
  }
  const hintFor = () => formatHint(elements, rules.allowedRolesFormat);
  if (rules.allowedRolesFormat === 'glob')
    return { allows: allowByGlobs(elements, rules), hintFor };
  const allows = allowByExpressions(elements, rules);
  if (typeof allows === 'function') return { allows, hintFor };
  return { malformed: hintFor() ?? allows.malformed };
}

function allowByGlobs(globs: readonly string[], { baseRoleArn }: AnnotationRules) {
  const patterns = globs.map((glob) => (isArn(glob) ? glob : baseRoleArn + glob));
  return (roleArn: string) => patterns.some((pattern) => matchGlob(pattern, roleArn));
}

/**
 * kube2iam prepends `baseRoleArn` to an expression and searches for it anywhere in the ARN, so that only the first
 * alternative of `a|b` is bound to the account and path. Here, every alternative must match from the beginning of the
 * role's name, or of the ARN. As in kube2iam, it need not match to the end.
 */
function allowByExpressions(
  sources: readonly string[],
  { baseRoleArn }: AnnotationRules,
): Grant['allows'] | Malformed {
  // It would match every role.
  if (sources.includes('')) {
    return malformed(ALLOWED_ROLES_ANNOTATION, 'contains an empty expression');
  }
  const expressions = compileBounded(sources);
  if ('malformed' in expressions) return malformed(ALLOWED_ROLES_ANNOTATION, expressions.malformed);
  return (roleArn) => {
    const isBelowBase = roleArn.startsWith(baseRoleArn);
    return expressions.some((expression, i) =>
      isArn(sources[i] ?? '')
        ? expression.matchesFrom(roleArn, 0)
        : isBelowBase && expression.matchesFrom(roleArn, baseRoleArn.length),
    );
  };
}

/** kiam puts the expression between `^` and `$`, which anchors `a|b` only halfway. Here it must match the whole ARN. */
function parsePermitted(value: string, { baseRoleArn }: AnnotationRules): Grant | Malformed {
  const compiled = compileBounded([value]);
  if ('malformed' in compiled) return malformed(PERMITTED_ANNOTATION, compiled.malformed);
  const matches = (text: string) => compiled.every((expression) => expression.matches(text));
  return {
    allows: matches,
    hintFor(roleArn) {
      const belowBase = roleArn.startsWith(baseRoleArn) ? roleArn.slice(baseRoleArn.length) : '';
      const names = [belowBase, roleArn.slice(roleArn.lastIndexOf('/') + 1)];
      return permittedHint(names.some(matches));
    },
  };
}

function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

function malformed(annotation: string, problem: string): Malformed {
  return { malformed: `annotation ${annotation} ${problem}` };
}

function parseStringArray(value: string): readonly string[] | undefined {
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
 * Whether `text` matches `pattern`, in which `*` stands for any number of characters. Takes time proportional to the
 * product of both lengths at most, whatever the pattern: tenants write patterns.
 *
 * @param single - a character that stands for exactly one character: `?` in IAM; kube2iam's globs have none
 */
export function matchGlob(pattern: string, text: string, single?: '?'): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    // Before the comparison: the text may contain a literal star.
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === text[t] || pattern[p] === single)) {
      p++;
      t++;
    } else if (star >= 0) {
      // Backtracks to the last star only: what precedes it matches already.
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

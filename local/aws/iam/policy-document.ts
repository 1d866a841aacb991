import * as z from 'zod';
import { type ConditionBlock, unsupportedConditions } from './condition.ts';

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1)]);

const principalMap = z.strictObject({
  AWS: oneOrMore.optional(),
  Service: oneOrMore.optional(),
  Federated: oneOrMore.optional(),
});

const conditionValue = z.union([z.string(), z.boolean()]).transform(String);

const conditionSchema = z.record(
  z.string(),
  z.record(
    z.string(),
    z.union([conditionValue.transform((one) => [one]), z.array(conditionValue).min(1)]),
  ),
);

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore.optional(),
  NotAction: oneOrMore.optional(),
  Resource: oneOrMore.optional(),
  NotResource: oneOrMore.optional(),
  Principal: z.union([z.literal('*').transform(() => ({ AWS: ['*'] })), principalMap]).optional(),
  Condition: conditionSchema.optional(),
});

const documentSchema = z.strictObject({
  Version: z.literal('2012-10-17'),
  Id: z.string().optional(),
  Statement: z.union([statementSchema.transform((one) => [one]), z.array(statementSchema).min(1)]),
});

/** The principals of a statement in a trust or resource policy. */
export interface StatementPrincipal {
  readonly AWS?: readonly string[] | undefined;
  readonly Service?: readonly string[] | undefined;
  readonly Federated?: readonly string[] | undefined;
}

/** What matches one of the patterns or, if inverted, none of them. */
export interface PatternSet {
  readonly patterns: readonly string[];
  readonly inverted: boolean;
}

/** A validated statement. */
export interface Statement {
  /** Identifies the statement in errors and reports: policy name and Sid, or policy name and position. */
  readonly id: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: PatternSet;
  /** Absent in a trust policy, which applies to its role. */
  readonly resources?: PatternSet;
  /** Absent in an identity policy, which applies to its owner. */
  readonly principal?: StatementPrincipal;
  readonly condition: ConditionBlock;
}

/** A validated policy document. */
export interface Policy {
  readonly name: string;
  readonly kind: PolicyKind;
  readonly statements: readonly Statement[];
}

/**
 * An identity policy states what its owner can do, a trust policy who can assume its role, and a resource policy who can
 * do what with its resource.
 */
type PolicyKind = 'identity' | 'trust' | 'resource';

/** A policy document that AWS would reject, or that the embedded IAM cannot evaluate. */
class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError';
}

/**
 * Parses a policy document.
 *
 * @throws PolicyDocumentError for a document that IAM would reject, and for an element, operator or key that is not
 * supported here: ignoring it would allow or deny what AWS does not.
 */
export function parsePolicy(name: string, kind: PolicyKind, document: unknown): Policy {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) {
    throw new PolicyDocumentError(`policy ${name}: ${z.prettifyError(parsed.error)}`);
  }
  const statements = parsed.data.Statement.map((raw, index) => {
    const id = `${name}/${raw.Sid ?? index + 1}`;
    const problems = statementProblems(kind, raw);
    if (problems.length > 0) {
      throw new PolicyDocumentError(`statement ${id}: ${problems.join('; ')}`);
    }
    return toStatement(id, raw);
  });
  return { name, kind, statements };
}

type RawStatement = z.output<typeof statementSchema>;

function statementProblems(kind: PolicyKind, raw: RawStatement): readonly string[] {
  return [
    ...unsupportedConditions(raw.Condition ?? {}),
    ...(!raw.Action === !raw.NotAction ? ['exactly one of Action and NotAction is required'] : []),
    ...principalProblems(kind, raw),
    ...resourceProblems(kind, raw),
    ...(JSON.stringify(raw).includes('${') ? ['policy variables are not supported'] : []),
  ];
}

function principalProblems(kind: PolicyKind, raw: RawStatement): readonly string[] {
  if (kind === 'identity')
    return raw.Principal ? ['an identity policy cannot have a Principal'] : [];
  return raw.Principal ? [] : [`a ${kind} policy requires a Principal`];
}

function resourceProblems(kind: PolicyKind, raw: RawStatement): readonly string[] {
  if (kind === 'trust') {
    return (raw.Resource ?? raw.NotResource) ? ['a trust policy cannot have a Resource'] : [];
  }
  return !raw.Resource === !raw.NotResource
    ? ['exactly one of Resource and NotResource is required']
    : [];
}

function toStatement(id: string, raw: RawStatement): Statement {
  const resources = patternSet(raw.Resource, raw.NotResource);
  return {
    id,
    effect: raw.Effect,
    actions: patternSet(raw.Action, raw.NotAction) ?? { patterns: [], inverted: false },
    condition: raw.Condition ?? {},
    ...(resources ? { resources } : {}),
    ...(raw.Principal ? { principal: raw.Principal } : {}),
  };
}

function patternSet(
  included: readonly string[] | undefined,
  excluded: readonly string[] | undefined,
): PatternSet | undefined {
  if (included) return { patterns: included, inverted: false };
  return excluded ? { patterns: excluded, inverted: true } : undefined;
}

import * as z from 'zod';
import { type ConditionBlock, unsupportedConditions } from './condition.ts';

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1)]);

const principalMap = z.strictObject({ AWS: oneOrMore.optional(), Service: oneOrMore.optional() });

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

/** Who a statement of a trust or resource policy speaks of. */
export interface StatementPrincipal {
  readonly AWS?: readonly string[] | undefined;
  readonly Service?: readonly string[] | undefined;
}

/** What a list of patterns says: these, or everything but these. */
export interface PatternSet {
  readonly patterns: readonly string[];
  readonly inverted: boolean;
}

/** One statement, checked, with every list written as a list. */
export interface Statement {
  /** Names the statement in errors and in the record of use: policy name and Sid, or policy name and position. */
  readonly id: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: PatternSet;
  /** Absent in a trust policy, whose resource is its role. */
  readonly resources?: PatternSet;
  /** Absent in an identity policy, whose principal is its owner. */
  readonly principal?: StatementPrincipal;
  readonly condition: ConditionBlock;
}

/** A checked policy document. */
export interface Policy {
  readonly name: string;
  readonly kind: PolicyKind;
  readonly statements: readonly Statement[];
}

/**
 * An identity policy says what its owner may do, a trust policy who may become its role, and a resource policy who may do
 * what to the resource that has it.
 */
export type PolicyKind = 'identity' | 'trust' | 'resource';

/** A policy document that AWS would refuse, or that says something which is not evaluated here. */
export class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError';
}

/**
 * The policy in `document`.
 * @throws PolicyDocumentError for what IAM would not take and for every element, operator or key that is not
 * evaluated here: skipping one would allow or deny what AWS does not.
 */
export function parsePolicy(name: string, kind: PolicyKind, document: unknown): Policy {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) {
    throw new PolicyDocumentError(`policy ${name}: ${z.prettifyError(parsed.error)}`);
  }
  const statements = parsed.data.Statement.map((raw, index) => {
    const id = `${name}/${raw.Sid ?? index + 1}`;
    const mistakes = statementMistakes(kind, raw);
    if (mistakes.length > 0) {
      throw new PolicyDocumentError(`statement ${id}: ${mistakes.join('; ')}`);
    }
    return toStatement(id, raw);
  });
  return { name, kind, statements };
}

type RawStatement = z.output<typeof statementSchema>;

function statementMistakes(kind: PolicyKind, raw: RawStatement): readonly string[] {
  return [
    ...unsupportedConditions(raw.Condition ?? {}),
    ...(!raw.Action === !raw.NotAction ? ['needs Action or NotAction, and not both'] : []),
    ...principalMistakes(kind, raw),
    ...resourceMistakes(kind, raw),
    ...(JSON.stringify(raw).includes('${') ? ['policy variables are not evaluated here'] : []),
  ];
}

function principalMistakes(kind: PolicyKind, raw: RawStatement): readonly string[] {
  if (kind === 'identity') return raw.Principal ? ['an identity policy has no Principal'] : [];
  return raw.Principal ? [] : [`a ${kind} policy needs a Principal`];
}

function resourceMistakes(kind: PolicyKind, raw: RawStatement): readonly string[] {
  if (kind === 'trust') {
    return (raw.Resource ?? raw.NotResource) ? ['a trust policy has no Resource'] : [];
  }
  return !raw.Resource === !raw.NotResource ? ['needs Resource or NotResource, and not both'] : [];
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
  these: readonly string[] | undefined,
  allBut: readonly string[] | undefined,
): PatternSet | undefined {
  if (these) return { patterns: these, inverted: false };
  return allBut ? { patterns: allBut, inverted: true } : undefined;
}

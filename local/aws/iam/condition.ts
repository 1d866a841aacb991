import { matchesArnGlob, matchesGlob } from './glob.ts';

/** Operator to key to values, as in a policy; a statement applies when every operator and key holds. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** What is known of a request, by condition key. A key that is absent here is absent in the request. */
export type RequestContext = Readonly<Partial<Record<string, string>>>;

interface Operator {
  readonly matches: (value: string, actual: string) => boolean;
  readonly negated: boolean;
}

const equals = (value: string, actual: string): boolean => value === actual;
const sameWord = (value: string, actual: string): boolean =>
  value.toLowerCase() === actual.toLowerCase();

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', { matches: equals, negated: false }],
  ['StringNotEquals', { matches: equals, negated: true }],
  ['StringLike', { matches: matchesGlob, negated: false }],
  ['StringNotLike', { matches: matchesGlob, negated: true }],
  // IAM treats the two ARN operators alike: both take wildcards (user guide, "ARN condition operators").
  ['ArnEquals', { matches: matchesArnGlob, negated: false }],
  ['ArnLike', { matches: matchesArnGlob, negated: false }],
  ['ArnNotEquals', { matches: matchesArnGlob, negated: true }],
  ['ArnNotLike', { matches: matchesArnGlob, negated: true }],
  ['Bool', { matches: sameWord, negated: false }],
]);

const KEYS: ReadonlySet<string> = new Set(
  [
    'aws:PrincipalArn',
    'aws:PrincipalAccount',
    'aws:SecureTransport',
    'aws:SourceAccount',
    'aws:SourceArn',
    'events:detail-type',
    'events:source',
    'sts:ExternalId',
    'sts:RoleSessionName',
  ].map((key) => key.toLowerCase()),
);
const REQUEST_TAG = 'aws:requesttag/';

const IF_EXISTS = 'IfExists';

/** What of `block` cannot be evaluated here: each operator and key that is not known. */
export function unsupportedConditions(block: ConditionBlock): readonly string[] {
  return Object.entries(block).flatMap(([operator, keys]) => [
    ...(OPERATORS.has(baseOperator(operator))
      ? []
      : [`condition operator ${operator} is not evaluated here`]),
    ...Object.keys(keys)
      .filter((key) => !isKnownKey(key))
      .map((key) => `condition key ${key} is not evaluated here`),
  ]);
}

/** Whether every operator and key of `block` holds for `context`. Keys are compared without regard to case, as IAM does. */
export function conditionHolds(block: ConditionBlock, context: RequestContext): boolean {
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(block).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      holds(operator, values, known.get(key.toLowerCase())),
    ),
  );
}

function holds(operatorName: string, values: readonly string[], actual: string | undefined) {
  const operator = OPERATORS.get(baseOperator(operatorName));
  if (!operator) return false;
  // An absent key fails an operator, unless it is negated or says IfExists (user guide, "Condition operators").
  if (actual === undefined) return operator.negated || operatorName.endsWith(IF_EXISTS);
  return values.some((value) => operator.matches(value, actual)) !== operator.negated;
}

function baseOperator(operator: string): string {
  return operator.endsWith(IF_EXISTS) ? operator.slice(0, -IF_EXISTS.length) : operator;
}

function isKnownKey(key: string): boolean {
  return KEYS.has(key.toLowerCase()) || key.toLowerCase().startsWith(REQUEST_TAG);
}

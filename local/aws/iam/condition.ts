import { matchesArnGlob, matchesGlob } from './glob.ts';

/** Values by key, by operator, as in a policy. A statement applies when every operator and key holds. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The condition keys of a request and their values. */
export type RequestContext = Readonly<Partial<Record<string, string>>>;

interface Operator {
  readonly matches: (value: string, actual: string) => boolean;
  readonly negated: boolean;
}

const equals = (value: string, actual: string): boolean => value === actual;
const equalsIgnoringCase = (value: string, actual: string): boolean =>
  value.toLowerCase() === actual.toLowerCase();

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', { matches: equals, negated: false }],
  ['StringNotEquals', { matches: equals, negated: true }],
  ['StringLike', { matches: matchesGlob, negated: false }],
  ['StringNotLike', { matches: matchesGlob, negated: true }],
  // ArnEquals behaves like ArnLike: both accept wildcards (IAM user guide, "ARN condition operators").
  ['ArnEquals', { matches: matchesArnGlob, negated: false }],
  ['ArnLike', { matches: matchesArnGlob, negated: false }],
  ['ArnNotEquals', { matches: matchesArnGlob, negated: true }],
  ['ArnNotLike', { matches: matchesArnGlob, negated: true }],
  ['Bool', { matches: equalsIgnoringCase, negated: false }],
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

/** Describes each operator and key of a block that the embedded IAM does not support. */
export function unsupportedConditions(block: ConditionBlock): readonly string[] {
  return Object.entries(block).flatMap(([operator, keys]) => [
    ...(OPERATORS.has(baseOperator(operator))
      ? []
      : [`condition operator ${operator} is not supported`]),
    ...Object.keys(keys)
      .filter((key) => !isSupportedKey(key))
      .map((key) => `condition key ${key} is not supported`),
  ]);
}

/** Whether every operator and key of a block holds for a request. Keys are case-insensitive, as in IAM. */
export function conditionHolds(block: ConditionBlock, context: RequestContext): boolean {
  const byKey = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(block).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      holds(operator, values, byKey.get(key.toLowerCase())),
    ),
  );
}

function holds(operatorName: string, values: readonly string[], actual: string | undefined) {
  const operator = OPERATORS.get(baseOperator(operatorName));
  if (!operator) return false;
  // If the key is absent, only negated operators and those with IfExists hold (IAM user guide, "Condition operators").
  if (actual === undefined) return operator.negated || operatorName.endsWith(IF_EXISTS);
  return values.some((value) => operator.matches(value, actual)) !== operator.negated;
}

function baseOperator(operator: string): string {
  return operator.endsWith(IF_EXISTS) ? operator.slice(0, -IF_EXISTS.length) : operator;
}

function isSupportedKey(key: string): boolean {
  return KEYS.has(key.toLowerCase()) || key.toLowerCase().startsWith(REQUEST_TAG);
}

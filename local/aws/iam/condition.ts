import { isArnShaped, matchesArnGlob, matchesGlob } from './glob.ts';

/** Values by key, by operator, as in a policy. A statement applies when every operator and key holds. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * The condition keys of a request and their values: a list for a multivalued key, even of one value, and a text for a
 * single-valued key. A list without values means that the key is absent.
 */
export type RequestContext = Readonly<Partial<Record<string, string | readonly string[]>>>;

interface Operator {
  /** For a negated operator, whether it does not hold for the value. */
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
  ['ArnNotEquals', { matches: matchesOrIsNoArn, negated: true }],
  ['ArnNotLike', { matches: matchesOrIsNoArn, negated: true }],
  ['Bool', { matches: equalsIgnoringCase, negated: false }],
]);

/** A text that is no ARN neither equals an ARN nor differs from it. */
function matchesOrIsNoArn(value: string, actual: string): boolean {
  return !isArnShaped(value) || !isArnShaped(actual) || matchesArnGlob(value, actual);
}

/** Tests whether a key is absent (`true`) or present (`false`); takes no set operator and no IfExists. */
const NULL = 'Null';

/**
 * The types of the supported keys (service authorization reference). PutEvents has the source and detail type of each of
 * its entries in the request, so these keys are an ArrayOfString.
 */
const KEY_TYPES: ReadonlyMap<string, 'single-valued' | 'multivalued'> = new Map(
  (
    [
      ['aws:PrincipalArn', 'single-valued'],
      ['aws:PrincipalAccount', 'single-valued'],
      ['aws:SecureTransport', 'single-valued'],
      ['aws:SourceAccount', 'single-valued'],
      ['aws:SourceArn', 'single-valued'],
      ['aws:TagKeys', 'multivalued'],
      ['events:detail-type', 'multivalued'],
      ['events:source', 'multivalued'],
      ['sts:ExternalId', 'single-valued'],
      ['sts:RoleSessionName', 'single-valued'],
    ] as const
  ).map(([key, type]) => [key.toLowerCase(), type]),
);
const REQUEST_TAG = 'aws:requesttag/';

/** The subject and the audience of a token: the name of its provider, a host with a path, and the claim. */
const TOKEN_CLAIM = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[^:\s]*)?:(?:sub|aud)$/;

/** The parts of an operator's name, such as `ForAllValues:StringLikeIfExists`. */
const OPERATOR_NAME =
  /^(?:(?<set>ForAllValues|ForAnyValue):)?(?<base>[A-Za-z]+?)(?<ifExists>IfExists)?$/;

interface OperatorName {
  readonly set?: 'ForAllValues' | 'ForAnyValue';
  readonly base: string;
  readonly ifExists: boolean;
}

/** Describes each operator and key of a block that the embedded IAM does not support, or that do not go together. */
export function unsupportedConditions(block: ConditionBlock): readonly string[] {
  return Object.entries(block).flatMap(([operator, keys]) => [
    ...(isSupportedOperator(operator) ? [] : [`condition operator ${operator} is not supported`]),
    ...Object.keys(keys).flatMap((key) => unsupportedKey(operator, key)),
  ]);
}

function isSupportedOperator(operator: string): boolean {
  if (operator === NULL) return true;
  const { base } = parseOperator(operator);
  return OPERATORS.has(base);
}

function unsupportedKey(operator: string, key: string): readonly string[] {
  const type = typeOf(key);
  if (type === undefined) return [`condition key ${key} is not supported`];
  const needsSet = type === 'multivalued' && operator !== NULL;
  if (!needsSet || parseOperator(operator).set !== undefined) return [];
  // The result of other operators on a multivalued key is not documented (IAM user guide, "Set operators for multivalued
  // context keys").
  return [
    `condition key ${key} is multivalued: use ForAllValues:${operator} or ForAnyValue:${operator}`,
  ];
}

function typeOf(key: string): 'single-valued' | 'multivalued' | undefined {
  const name = key.toLowerCase();
  return name.startsWith(REQUEST_TAG) || TOKEN_CLAIM.test(name)
    ? 'single-valued'
    : KEY_TYPES.get(name);
}

/** Whether every operator and key of a block holds for a request. Keys are case-insensitive, as in IAM. */
export function conditionHolds(block: ConditionBlock, context: RequestContext): boolean {
  const byKey = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(block).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      holds(operator, values, [byKey.get(key.toLowerCase()) ?? []].flat()),
    ),
  );
}

function holds(name: string, values: readonly string[], actual: readonly string[]): boolean {
  const isAbsent = actual.length === 0;
  if (name === NULL) return values.some((value) => equalsIgnoringCase(value, String(isAbsent)));
  const { set, base, ifExists } = parseOperator(name);
  const operator = OPERATORS.get(base);
  if (!operator) return false;
  // A negated operator requires that a value of the request matches none of the values of the policy.
  const one = (text: string) =>
    values.some((value) => operator.matches(value, text)) !== operator.negated;
  if (isAbsent && ifExists) return true;
  // For an absent key, ForAllValues holds and ForAnyValue does not (IAM user guide, "Set operators").
  if (set === 'ForAllValues') return actual.every(one);
  if (set === 'ForAnyValue') return actual.some(one);
  // If the key is absent, only negated operators hold (IAM user guide, "Condition operators").
  return isAbsent ? operator.negated : actual.every(one);
}

function parseOperator(name: string): OperatorName {
  const { set, base = name, ifExists } = OPERATOR_NAME.exec(name)?.groups ?? {};
  return {
    ...(set === 'ForAllValues' || set === 'ForAnyValue' ? { set } : {}),
    base,
    ifExists: ifExists !== undefined,
  };
}

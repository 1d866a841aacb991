import { isRecord } from '../../../contract/is-record.ts';

/** An event pattern that EventBridge would reject, or that the embedded EventBridge does not support. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}

/** Whether an event, in the envelope that EventBridge delivers, matches a pattern. */
type EventMatcher = (event: unknown) => boolean;

/** Whether a value of a field matches; `undefined` stands for a field that the event does not have. */
type ValueMatcher = (value: unknown) => boolean;

/** What a pattern requires of one field. */
interface Condition {
  /** The names that lead to the field, joined by dots. */
  readonly path: string;
  readonly matches: ValueMatcher;
}

/** The element of each array in an event that a field is in, by the number of the array. */
type Elements = ReadonlyMap<number, number>;

/** A scalar in an event. */
interface Field {
  readonly path: string;
  readonly value: unknown;
  readonly elements: Elements;
}

/** Operators of EventBridge that no rule of the product uses (user guide, "Comparison operators"). */
const UNSUPPORTED_OPERATORS: ReadonlySet<string> = new Set([
  'cidr',
  'equals-ignore-case',
  'exactly',
  'numeric',
  'suffix',
  'wildcard',
]);

/**
 * Parses a rule's pattern. Supports exact values, `prefix`, `anything-but` (values) and `exists`, for fields at any depth.
 * As in event-ruler, a field is identified by its names joined by dots, so `{"a.b": ...}` and `{"a": {"b": ...}}` are the same.
 * A field in an array matches if it does in one of the elements; the fields of a pattern must match in the same element.
 *
 * @throws EventPatternError with EventBridge's own message, or for an operator that is not supported: ignoring it would
 * deliver events that AWS does not deliver, or the reverse
 */
export function parseEventPattern(pattern: unknown): EventMatcher {
  if (!isRecord(pattern)) throw invalidPattern('Filter is not an object');
  const conditions = conditionsIn(pattern).toSorted((one, other) =>
    one.path < other.path ? -1 : 1,
  );
  const repeated = conditions.find(({ path }, index) => path === conditions[index + 1]?.path);
  if (repeated) throw unsupported(`field ${repeated.path} occurs twice`);
  return (event) => matchesConditions(conditions, fieldsIn(event), new Map());
}

function conditionsIn(pattern: Record<string, unknown>, parent?: string): readonly Condition[] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern('Empty objects are not allowed');
  return entries.flatMap(([name, expected]) => {
    if (name === '$or') throw unsupportedOperator(name);
    const path = pathOf(parent, name);
    if (isRecord(expected)) return conditionsIn(expected, path);
    if (!Array.isArray(expected)) throw invalidPattern(`"${name}" must be an object or an array`);
    if (expected.length === 0) throw invalidPattern('Empty arrays are not allowed');
    const alternatives = expected.map(alternativeMatcher);
    return [{ path, matches: (value) => alternatives.some((matches) => matches(value)) }];
  });
}

function fieldsIn(event: unknown): readonly Field[] {
  const fields: Field[] = [];
  let arrays = 0;
  const visit = (value: unknown, path: string | undefined, elements: Elements): void => {
    if (Array.isArray(value)) {
      const array = arrays++;
      value.forEach((item, index) => {
        // The scalars of an array are alternatives of one another: they belong to no element.
        const isScalar = typeof item !== 'object' || item === null;
        visit(item, path, isScalar ? elements : new Map(elements).set(array, index));
      });
    } else if (isRecord(value)) {
      for (const [name, inner] of Object.entries(value)) visit(inner, pathOf(path, name), elements);
    } else if (path !== undefined && value !== undefined) fields.push({ path, value, elements });
  };
  visit(event, undefined, new Map());
  return fields;
}

function pathOf(parent: string | undefined, name: string): string {
  return parent === undefined ? name : `${parent}.${name}`;
}

/**
 * Whether fields match all conditions, in the same elements of arrays. In the order of their paths, as in event-ruler: a field
 * is absent if no element that the earlier conditions leave has it.
 */
function matchesConditions(
  [condition, ...others]: readonly Condition[],
  fields: readonly Field[],
  elements: Elements,
): boolean {
  if (condition === undefined) return true;
  const candidates = fields.filter(
    (field) => field.path === condition.path && areSameElements(elements, field.elements),
  );
  if (candidates.length === 0) {
    return condition.matches(undefined) && matchesConditions(others, fields, elements);
  }
  return candidates.some(
    (field) =>
      condition.matches(field.value) &&
      matchesConditions(others, fields, new Map([...elements, ...field.elements])),
  );
}

function areSameElements(some: Elements, others: Elements): boolean {
  return [...others].every(([array, index]) => (some.get(array) ?? index) === index);
}

function alternativeMatcher(alternative: unknown): ValueMatcher {
  if (!isRecord(alternative)) {
    if (Array.isArray(alternative))
      throw invalidPattern('Match value must be String, number, true, false, or null');
    return (value) => value === alternative;
  }
  const [operator, ...others] = Object.keys(alternative);
  if (operator === undefined) throw invalidPattern('Match expression name not found');
  if (UNSUPPORTED_OPERATORS.has(operator)) throw unsupportedOperator(operator);
  const known = OPERATORS.get(operator);
  if (!known) throw invalidPattern(`Unrecognized match type ${operator}`);
  const matches = known(alternative[operator]);
  if (others.length > 0) throw invalidPattern('Only one key allowed in match expression');
  return matches;
}

const OPERATORS: ReadonlyMap<string, (argument: unknown) => ValueMatcher> = new Map([
  ['prefix', prefix],
  ['anything-but', anythingBut],
  ['exists', exists],
]);

function prefix(argument: unknown): ValueMatcher {
  if (isRecord(argument)) throw unsupportedOperator(`prefix ${Object.keys(argument).join(', ')}`);
  if (typeof argument !== 'string') throw invalidPattern('prefix match pattern must be a string');
  return (value) => typeof value === 'string' && value.startsWith(argument);
}

function anythingBut(argument: unknown): ValueMatcher {
  if (isRecord(argument))
    throw unsupportedOperator(`anything-but ${Object.keys(argument).join(', ')}`);
  if (!Array.isArray(argument) && typeof argument !== 'string' && typeof argument !== 'number') {
    throw invalidPattern('Value of anything-but must be an array or single string/number value.');
  }
  const excluded: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  const types = new Set(excluded.map((value) => typeof value));
  if ([...types].some((type) => type !== 'string' && type !== 'number')) {
    throw invalidPattern('Inside anything but list, start|null|boolean is not supported.');
  }
  if (types.size !== 1) {
    throw invalidPattern(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  }
  return (value) => value !== undefined && !excluded.includes(value);
}

function exists(argument: unknown): ValueMatcher {
  if (typeof argument !== 'boolean') {
    throw invalidPattern('exists match pattern must be either true or false.');
  }
  return (value) => (value !== undefined) === argument;
}

function invalidPattern(reason: string): EventPatternError {
  return new EventPatternError(`Event pattern is not valid. Reason: ${reason}`);
}

function unsupportedOperator(operator: string): EventPatternError {
  return unsupported(
    `operator ${operator}; only exact values, prefix, anything-but and exists are`,
  );
}

function unsupported(what: string): EventPatternError {
  return new EventPatternError(`Event pattern is not supported here: ${what}`);
}

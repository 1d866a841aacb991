import { isRecord } from '../../../contract/is-record.ts';

/** An event pattern that EventBridge would reject, or that the embedded EventBridge does not support. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}

/** Whether an event, in the envelope that EventBridge delivers, matches a pattern. */
type EventMatcher = (event: unknown) => boolean;

/** Whether the values of one field match: no values if the event does not have the field, several if it is an array. */
type FieldMatcher = (values: readonly unknown[]) => boolean;

/** Operators of EventBridge that no rule of the product uses (user guide, "Comparison operators"). */
const UNSUPPORTED_OPERATORS: ReadonlySet<string> = new Set([
  'cidr',
  'equals-ignore-case',
  'numeric',
  'suffix',
  'wildcard',
]);

/**
 * Parses a rule's pattern. Supports exact values, `prefix`, `anything-but` (values) and `exists`, for fields at any depth.
 * An array in an event matches if one of its items does; of an array of objects, one object must match on its own.
 *
 * @throws EventPatternError with EventBridge's own message, or for an operator that is not supported: ignoring it would
 * deliver events that AWS does not deliver, or the reverse
 */
export function parseEventPattern(pattern: unknown): EventMatcher {
  if (!isRecord(pattern)) throw invalidPattern('Filter is not an object');
  return objectMatcher(pattern);
}

function objectMatcher(pattern: Record<string, unknown>): EventMatcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern('Empty objects are not allowed');
  const fields = entries.map(([name, expected]) => fieldMatcher(name, expected));
  return (event) => {
    const items = itemsOf(event);
    // An absent object has no fields, so `exists: false` matches each of them.
    return (items.length === 0 ? [{}] : items).some((item) =>
      fields.every((matches) => matches(item)),
    );
  };
}

function fieldMatcher(name: string, expected: unknown): EventMatcher {
  if (name === '$or') throw unsupported(name);
  const fieldOf = (event: unknown) =>
    isRecord(event) && Object.hasOwn(event, name) ? event[name] : undefined;
  if (isRecord(expected)) {
    const matches = objectMatcher(expected);
    return (event) => matches(fieldOf(event));
  }
  if (!Array.isArray(expected)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (expected.length === 0) throw invalidPattern('Empty arrays are not allowed');
  const alternatives = expected.map(alternativeMatcher);
  return (event) => {
    const values = itemsOf(fieldOf(event)).filter((value) => !isRecord(value));
    return alternatives.some((matches) => matches(values));
  };
}

/** The items of an array and of arrays in it; any other value as the only item; no items if the value is absent. */
function itemsOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
}

function alternativeMatcher(alternative: unknown): FieldMatcher {
  if (!isRecord(alternative)) {
    if (Array.isArray(alternative))
      throw invalidPattern('Match value must be String, number, true, false, or null');
    return (values) => values.includes(alternative);
  }
  const [operator, ...others] = Object.keys(alternative);
  if (operator === undefined) throw invalidPattern('Empty objects are not allowed');
  if (others.length > 0) throw invalidPattern('Only one key allowed in match expression');
  if (UNSUPPORTED_OPERATORS.has(operator)) throw unsupported(operator);
  const known = OPERATORS.get(operator);
  if (!known) throw invalidPattern(`Unrecognized match type ${operator}`);
  return known(alternative[operator]);
}

const OPERATORS: ReadonlyMap<string, (argument: unknown) => FieldMatcher> = new Map([
  ['prefix', prefix],
  ['anything-but', anythingBut],
  ['exists', exists],
]);

function prefix(argument: unknown): FieldMatcher {
  if (isRecord(argument)) throw unsupported(`prefix ${Object.keys(argument).join(', ')}`);
  if (typeof argument !== 'string') throw invalidPattern('prefix match pattern must be a string');
  return (values) =>
    values.some((value) => typeof value === 'string' && value.startsWith(argument));
}

function anythingBut(argument: unknown): FieldMatcher {
  if (isRecord(argument)) throw unsupported(`anything-but ${Object.keys(argument).join(', ')}`);
  const excluded: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  const types = new Set(excluded.map((value) => typeof value));
  const [type] = types;
  if (types.size !== 1 || (type !== 'string' && type !== 'number')) {
    throw invalidPattern(
      'Inside anything but list, either all values are numbers or all are strings',
    );
  }
  return (values) => values.some((value) => !excluded.includes(value));
}

function exists(argument: unknown): FieldMatcher {
  if (typeof argument !== 'boolean') {
    throw invalidPattern('exists match pattern must be either true or false.');
  }
  return (values) => values.length > 0 === argument;
}

function invalidPattern(reason: string): EventPatternError {
  return new EventPatternError(`Event pattern is not valid. Reason: ${reason}`);
}

function unsupported(operator: string): EventPatternError {
  return new EventPatternError(
    `Event pattern is not supported here: operator ${operator}; only exact values, prefix, anything-but and exists are`,
  );
}

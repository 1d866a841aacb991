import { isRecord } from '../../kubernetes/is-record.ts';

/** An event pattern that EventBridge would refuse, or that says something which is not run here. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}

/** Whether an event, in the envelope in which EventBridge delivers it, matches. */
export type EventMatcher = (event: unknown) => boolean;

/** Whether the values of one field match: none when the event has no such field, several when it is a list. */
type FieldMatcher = (values: readonly unknown[]) => boolean;

/** What EventBridge knows besides and no rule of this product has needed (user guide, "Comparison operators"). */
const NOT_RUN_HERE: ReadonlySet<string> = new Set([
  'cidr',
  'equals-ignore-case',
  'numeric',
  'suffix',
  'wildcard',
]);

/**
 * The matcher of a rule's pattern: exact values, `prefix`, `anything-but` (values) and `exists`, of fields at any depth. A
 * list in an event matches when one of its items does; of a list of objects one has to match by itself.
 * @throws EventPatternError in the words of EventBridge, or naming an operator that is not run here: to skip one would
 * deliver what AWS does not, or the reverse.
 */
export function parseEventPattern(pattern: unknown): EventMatcher {
  if (!isRecord(pattern)) throw refused('Filter is not an object');
  return objectMatcher(pattern);
}

function objectMatcher(pattern: Record<string, unknown>): EventMatcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw refused('Empty objects are not allowed');
  const fields = entries.map(([name, expected]) => fieldMatcher(name, expected));
  return (event) => {
    const items = itemsOf(event);
    // What is not there has no fields, which is what `exists: false` asks for.
    return (items.length === 0 ? [{}] : items).some((item) =>
      fields.every((matches) => matches(item)),
    );
  };
}

function fieldMatcher(name: string, expected: unknown): EventMatcher {
  if (name === '$or') throw notRun(name);
  const fieldOf = (event: unknown) =>
    isRecord(event) && Object.hasOwn(event, name) ? event[name] : undefined;
  if (isRecord(expected)) {
    const matches = objectMatcher(expected);
    return (event) => matches(fieldOf(event));
  }
  if (!Array.isArray(expected)) throw refused(`"${name}" must be an object or an array`);
  if (expected.length === 0) throw refused('Empty arrays are not allowed');
  const alternatives = expected.map(alternativeMatcher);
  return (event) => {
    const values = itemsOf(fieldOf(event)).filter((value) => !isRecord(value));
    return alternatives.some((matches) => matches(values));
  };
}

/** The items of a list, lists in it opened too; of anything else itself, and of what is absent nothing. */
function itemsOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
}

function alternativeMatcher(alternative: unknown): FieldMatcher {
  if (!isRecord(alternative)) {
    if (Array.isArray(alternative))
      throw refused('Match value must be String, number, true, false, or null');
    return (values) => values.includes(alternative);
  }
  const [operator, ...others] = Object.keys(alternative);
  if (operator === undefined) throw refused('Empty objects are not allowed');
  if (others.length > 0) throw refused('Only one key allowed in match expression');
  if (NOT_RUN_HERE.has(operator)) throw notRun(operator);
  const known = OPERATORS.get(operator);
  if (!known) throw refused(`Unrecognized match type ${operator}`);
  return known(alternative[operator]);
}

const OPERATORS: ReadonlyMap<string, (argument: unknown) => FieldMatcher> = new Map([
  ['prefix', prefix],
  ['anything-but', anythingBut],
  ['exists', exists],
]);

function prefix(argument: unknown): FieldMatcher {
  if (isRecord(argument)) throw notRun(`prefix ${Object.keys(argument).join(', ')}`);
  if (typeof argument !== 'string') throw refused('prefix match pattern must be a string');
  return (values) =>
    values.some((value) => typeof value === 'string' && value.startsWith(argument));
}

function anythingBut(argument: unknown): FieldMatcher {
  if (isRecord(argument)) throw notRun(`anything-but ${Object.keys(argument).join(', ')}`);
  const excluded: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  const types = new Set(excluded.map((value) => typeof value));
  const [type] = types;
  if (types.size !== 1 || (type !== 'string' && type !== 'number')) {
    throw refused('Inside anything but list, either all values are numbers or all are strings');
  }
  return (values) => values.some((value) => !excluded.includes(value));
}

function exists(argument: unknown): FieldMatcher {
  if (typeof argument !== 'boolean') {
    throw refused('exists match pattern must be either true or false.');
  }
  return (values) => values.length > 0 === argument;
}

function refused(reason: string): EventPatternError {
  return new EventPatternError(`Event pattern is not valid. Reason: ${reason}`);
}

function notRun(operator: string): EventPatternError {
  return new EventPatternError(
    `Event pattern is not run here: operator ${operator} is not known; exact values, prefix, anything-but and exists are`,
  );
}

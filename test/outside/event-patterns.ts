import fc from 'fast-check';
import { isRecord } from '../../contract/is-record.ts';

/** An event pattern, possibly one that EventBridge rejects. */
export type Pattern = Record<string, unknown>;
/** A pattern, and an event that has something in common with it. */
export interface Case {
  readonly pattern: Pattern;
  readonly event: Record<string, unknown>;
}

/** Few names and values, so that patterns and events meet. */
const name = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.c', 'toString');
const text = fc.constantFrom('x', 'xy', 'y', '', '1', 'true', 'null', 'X');
const number = fc.constantFrom(0, 1, 2, -1, 1.5, 1e21);
const scalar: fc.Arbitrary<unknown> = fc.oneof(text, number, fc.constantFrom(true, false, null));

const eventTree = fc.letrec<{ value: unknown; event: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('event'),
  ),
  event: fc.dictionary(name, tie('value'), { maxKeys: 4 }),
}));

/** The operators that the embedded EventBridge supports, with valid arguments. */
const operator = fc.oneof(
  fc.record({ exists: fc.boolean() }),
  fc.record({ prefix: text }),
  fc.record({ 'anything-but': fc.oneof(text, number, list(text), list(number)) }),
);

/** Operators that it does not support. */
const unsupportedOperator = fc.constantFrom(
  ...[{ suffix: 'x' }, { wildcard: 'x*' }, { 'equals-ignore-case': 'X' }, { numeric: ['>', 0] }],
  ...[{ cidr: '10.0.0.0/8' }, { exactly: 'x' }, { prefix: { 'equals-ignore-case': 'X' } }],
  ...[{ 'anything-but': { prefix: 'x' } }, { 'anything-but': { suffix: ['x'] } }],
);

/** Alternatives that EventBridge rejects. */
const invalidAlternative = fc.constantFrom<unknown>(
  ...[{}, { EXISTS: true }, { exists: 'yes' }, { exists: null }, { prefix: 1 }, { prefix: null }],
  ...[{ 'anything-but': ['x', 1] }, { 'anything-but': [] }, { 'anything-but': [true] }, ['x'], []],
  ...[{ 'anything-but': true }, { 'anything-but': null }, { prefix: ['x'] }, { exists: [true] }],
  ...[
    { exists: true, prefix: 'x' },
    { prefix: 'x', exists: true },
  ],
);

/** Patterns of supported operators. */
const supportedPattern = patternOf(fc.oneof(scalar, operator));

/** Patterns that EventBridge may reject, or that use operators that are not supported. */
export const anyPattern: fc.Arbitrary<Pattern> = patternOf(
  fc.oneof(
    { weight: 4, arbitrary: fc.oneof(scalar, operator) },
    { weight: 1, arbitrary: unsupportedOperator },
    { weight: 1, arbitrary: invalidAlternative },
  ),
  fc.constantFrom<unknown>({}, [], 'x', 1, null, true),
);

/** Cases of supported patterns. Every second event has some of the pattern's fields, in objects and arrays of objects. */
export const supportedCase: fc.Arbitrary<Case> = supportedPattern.chain((pattern) =>
  fc.record({
    pattern: fc.constant(pattern),
    event: fc.oneof(eventTree.event, eventLike(pattern)),
  }),
);

function list<T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.uniqueArray(item, { minLength: 1, maxLength: 3 });
}

function patternOf(
  alternative: fc.Arbitrary<unknown>,
  mistake: fc.Arbitrary<unknown> = fc.constant([null]),
): fc.Arbitrary<Pattern> {
  const { pattern } = fc.letrec<{ pattern: Pattern; expected: unknown }>((tie) => ({
    pattern: fc.dictionary(name, tie('expected'), { minKeys: 1, maxKeys: 3 }),
    expected: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      { weight: 6, arbitrary: fc.array(alternative, { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: mistake },
      { weight: 6, arbitrary: tie('pattern') },
    ),
  }));
  return pattern;
}

function eventLike(pattern: Pattern): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(pattern).map(([key, expected]) => {
    const value = isRecord(expected)
      ? eventLike(expected)
      : fc.oneof(fc.constantFrom(...valuesIn(expected)), eventTree.value);
    return [key, fc.oneof(value, fc.array(value, { maxLength: 3 }))] as const;
  });
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

/** The scalars in an alternative: values that are likely to match, or not to match. */
function valuesIn(expected: unknown): unknown[] {
  if (Array.isArray(expected)) return expected.flatMap(valuesIn);
  return isRecord(expected) ? Object.values(expected).flatMap(valuesIn) : [expected];
}

import fc from 'fast-check';

/** Texts that break code that does not expect them. */
export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme' }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['', '\0', '\ud800', 'ſ', 'İ', '\u202e\u2066evil', '\r\nX-Injected: yes'],
      ...['__proto__', 'constructor', 'toString', '-1', '1e309', 'NaN'],
      ...['a/b', '../../etc/passwd', '../../secrets/x', '%2e%2e%2f', '$(id)', "'; rm -rf / #"],
      ...['9999-12-31T23:59:59Z', '9999-99-99T99:99:99Z', 'aws-iam-'],
    ),
  },
  // Rarely, because they are slow.
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['a'.repeat(10_000), 'é'.repeat(10_000), `aws-iam-${'x'.repeat(100_000)}`],
    ),
  },
);

/** Returns `[[[…]]]`, deep enough to overflow the stack of recursive code. */
export function nestedArray(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}

/** Any JSON value. */
export const arbitraryValue: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small' },
  arbitraryText,
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -1, 0.5, 1e21, 1e308, 2 ** 53, Number.MAX_SAFE_INTEGER],
    ...[[], [null], [[]], [[[[]]]], {}, { length: 3 }],
  ),
  fc.integer(),
  fc.constant(JSON.parse('{"__proto__": {"polluted": true, "aws-iam-x": "y"}, "constructor": 1}')),
  fc.constantFrom(nestedArray(500), nestedArray(2_000)),
  fc.jsonValue(),
);

import fc from 'fast-check';

/** Texts that break what was not written for them. */
export const strangeText: fc.Arbitrary<string> = fc.oneof(
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
  // Rarely, as they are dear.
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['a'.repeat(10_000), 'é'.repeat(10_000), `aws-iam-${'x'.repeat(100_000)}`],
    ),
  },
);

/** `[[[…]]]`, deep enough for whatever recurses without a thought. */
export function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}

/** What JSON can hold in a place where nobody expects it. */
export const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small' },
  strangeText,
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -1, 0.5, 1e21, 1e308, 2 ** 53, Number.MAX_SAFE_INTEGER],
    ...[[], [null], [[]], [[[[]]]], {}, { length: 3 }],
  ),
  fc.integer(),
  fc.constant(JSON.parse('{"__proto__": {"polluted": true, "aws-iam-x": "y"}, "constructor": 1}')),
  fc.constantFrom(nested(500), nested(2_000)),
  fc.jsonValue(),
);

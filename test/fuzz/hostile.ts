import fc from 'fast-check';

/** Texts that break what was not written for them. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    '\0',
    '__proto__',
    'constructor',
    'toString',
    '\ud800',
    '\u202e\u2066evil',
    '../../etc/passwd',
    'a/b',
    '%2e%2e%2f',
    '\r\nX-Injected: yes',
    "'; rm -rf / #",
    '$(id)',
    'a'.repeat(10_000),
    'ſ',
    'İ',
    '9999-12-31T23:59:59Z',
    '-1',
    '1e309',
    'NaN',
  ),
);

/** Any value that JSON can bring, hostile texts and deep nests among them. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small' },
  hostileText,
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1e21, 2 ** 53, 0.5, [], {}, [[[[]]]]),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constant(JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')),
  fc.constant(JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`)),
);

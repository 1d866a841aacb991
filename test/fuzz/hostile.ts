import fc from 'fast-check';

/** How many examples each property is tried on; more with `FUZZ_RUNS`. A failure prints the seed and path that bring it back. */
export const EXAMPLES = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) };

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

/** One place in a value, by the numbers with which it is looked for, and what is done there. */
const change = fc.record({
  steps: fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
  what: fc.constantFrom('replace', 'remove', 'double', 'rename'),
  value: hostileValue,
});

/** A copy of a JSON value in which a few places are not what they were. */
export function mutated<T>(original: T): fc.Arbitrary<T> {
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = structuredClone(original);
    for (const one of changes) apply(copy, one);
    return copy;
  });
}

function apply(
  root: unknown,
  { steps, what, value }: typeof change extends fc.Arbitrary<infer C> ? C : never,
) {
  let holder: unknown = root;
  for (const [depth, step] of steps.entries()) {
    if (typeof holder !== 'object' || holder === null) return;
    const keys = Object.keys(holder);
    const key = keys[step % Math.max(1, keys.length)];
    if (key === undefined) return;
    const inner = (holder as Record<string, unknown>)[key];
    const isDeepest = depth === steps.length - 1 || typeof inner !== 'object' || inner === null;
    if (!isDeepest) holder = inner;
    else return changeAt(holder as Record<string, unknown>, key, what, value);
  }
}

function changeAt(holder: Record<string, unknown>, key: string, what: string, value: unknown) {
  const inner = holder[key];
  if (what === 'replace') holder[key] = structuredClone(value);
  else if (what === 'remove') delete holder[key];
  else if (what === 'double' && Array.isArray(holder)) holder.push(inner);
  else holder[`${key}x`] = inner;
}

/** A copy of bytes that was flipped, cut, doubled or lengthened somewhere. */
export function mutatedBytes(original: Buffer): fc.Arbitrary<Buffer> {
  const place = fc.nat({ max: Math.max(0, original.length - 1) });
  return fc.oneof(
    place.map((end) => original.subarray(0, end)),
    fc.array(fc.tuple(place, fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }).map((flips) => {
      const copy = Buffer.from(original);
      for (const [at, byte] of flips) copy[at] = byte;
      return copy;
    }),
    fc
      .tuple(place, place)
      .map(([from, to]) => Buffer.concat([original.subarray(0, to), original.subarray(from)])),
    fc
      .tuple(place, fc.uint8Array({ maxLength: 32 }))
      .map(([at, more]) => Buffer.concat([original.subarray(0, at), more, original.subarray(at)])),
  );
}

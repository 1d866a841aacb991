import fc from 'fast-check';

type Change = (bytes: Buffer, at: number, length: number) => Buffer;

const changes: Readonly<Record<string, Change>> = {
  truncate: (bytes, at) => bytes.subarray(0, at),
  remove: (bytes, at, length) =>
    Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
  repeat: (bytes, at, length) =>
    Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]),
  flip: (bytes, at, length) => filled(bytes, (bytes[at] ?? 0) ^ (1 << (length % 8)), at, 1),
  // Never valid in UTF-8, and an unterminated varint in protobuf.
  endless: (bytes, at, length) => filled(bytes, 0xff, at, length),
  empty: (bytes, at, length) => filled(bytes, 0, at, length),
};

function filled(bytes: Buffer, byte: number, at: number, length: number): Buffer {
  return Buffer.from(bytes).fill(byte, at, Math.min(at + length, bytes.length));
}

/** Damages bytes in one to three places: truncates, removes, repeats, flips or overwrites them. */
export const bytesMutation: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...Object.keys(changes)),
      at: fc.nat(),
      length: fc.integer({ min: 1, max: 40 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map(
    (damages) => (bytes) =>
      damages.reduce(
        (body, { kind, at, length }) =>
          changes[kind]?.(body, at % (body.length + 1), length) ?? body,
        bytes,
      ),
  );

/** Returns the bytes with such damage. */
export function mutatedBytes(bytes: Buffer): fc.Arbitrary<Buffer> {
  return bytesMutation.map((mutate) => mutate(bytes));
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProtobufList } from '../../kubernetes/lists/parse-list.ts';
import { type RecordedList, recordedProtobuf } from '../unit/kubernetes/lists/recorded-list.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { numRuns } from './num-runs.ts';

const kinds = {
  'pods-1': 'PodList',
  'pods-2': 'PodList',
  'no-pods': 'PodList',
  namespaces: 'PartialObjectMetadataList',
  secrets: 'PartialObjectMetadataList',
} as const satisfies Record<RecordedList, string>;

const body = fc
  .constantFrom(...(Object.keys(kinds) as RecordedList[]))
  .chain((name) =>
    fc.record({ kind: fc.constant(kinds[name]), bytes: mutatedBytes(recordedProtobuf(name)) }),
  );
const garbage = fc.record({
  kind: fc.constantFrom('PodList' as const, 'PartialObjectMetadataList' as const),
  bytes: fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
});

/** Bound of the JSON length: an invalid byte becomes one character, an empty message becomes `{},`, and keys are added. */
const MAX_CHARACTERS_PER_BYTE = 40;

describe('corrupted protobuf', () => {
  it('is an error, or a list of bounded size', () => {
    fc.assert(
      fc.property(fc.oneof(body, garbage), ({ kind, bytes }) => {
        try {
          const list = decodeProtobufList(bytes, kind);
          expect(list.kind).toBe(kind);
          const { length } = JSON.stringify(list);
          expect(length).toBeLessThan(MAX_CHARACTERS_PER_BYTE * bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      numRuns(3_000),
    );
  });

  it('is never a complete list when its end is missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(kinds) as RecordedList[])),
        fc.nat(),
        (name, cut) => {
          const complete = recordedProtobuf(name);
          const truncated = complete.subarray(0, cut % complete.length);
          // The last bytes are the content type and encoding, which lists leave empty.
          const isEmptyTail = complete.subarray(truncated.length).every((byte) => byte < 0x23);
          const read = () => decodeProtobufList(truncated, kinds[name]);
          if (!isEmptyTail) expect(read).toThrow();
        },
      ),
      numRuns(1_000),
    );
  });
});

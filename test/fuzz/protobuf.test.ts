import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProtobufList } from '../../kubernetes/lists/parse-list.ts';
import { type RecordedList, recordedProtobuf } from '../unit/kubernetes/lists/recorded-list.ts';
import { mutatedBytes } from './mutated-bytes.ts';
import { runs } from './runs.ts';

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

/** An invalid byte becomes a character of one unit, and a message of no bytes the text `{},`; names add to that. */
const MOST_CHARACTERS_PER_BYTE = 40;

describe('protobuf that is damaged', () => {
  it('is an error, or a list of no more than was in it', () => {
    fc.assert(
      fc.property(fc.oneof(body, garbage), ({ kind, bytes }) => {
        try {
          const list = decodeProtobufList(bytes, kind);
          expect(list.kind).toBe(kind);
          const { length } = JSON.stringify(list);
          expect(length).toBeLessThan(MOST_CHARACTERS_PER_BYTE * bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      runs(3_000),
    );
  });

  it('is never a whole list when its end is missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(kinds) as RecordedList[])),
        fc.nat(),
        (name, cut) => {
          const whole = recordedProtobuf(name);
          const cutShort = whole.subarray(0, cut % whole.length);
          // The last bytes of a body are its content type and encoding, which no list has.
          const isEmptyTail = whole.subarray(cutShort.length).every((byte) => byte < 0x23);
          const read = () => decodeProtobufList(cutShort, kinds[name]);
          if (!isEmptyTail) expect(read).toThrow();
        },
      ),
      runs(1_000),
    );
  });
});

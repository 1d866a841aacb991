import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import {
  decodeProtobufList,
  type ProtobufListKind,
} from '../../../../kubernetes/lists/parse-list.ts';
import { asDecoded, type RecordedList, recordedJson, recordedProtobuf } from './recorded-list.ts';

const RECORDED: readonly (readonly [RecordedList, ProtobufListKind])[] = [
  ['pods-1', 'PodList'],
  ['pods-2', 'PodList'],
  ['no-pods', 'PodList'],
  ['namespaces', 'PartialObjectMetadataList'],
  ['secrets', 'PartialObjectMetadataList'],
];

const MAGIC = Buffer.from('k8s\0');

/** A message of length-delimited fields: number and content. */
function message(...fields: readonly (readonly [number, Uint8Array | string])[]): Buffer {
  const writer = protobuf.Writer.create();
  for (const [number, content] of fields) {
    writer.uint32((number << 3) | 2).bytes(Buffer.from(content));
  }
  return Buffer.from(writer.finish());
}

const flag = (number: number, value: boolean): Buffer => Buffer.from([number << 3, value ? 1 : 0]);

/** The envelope of a list, `runtime.Unknown`. */
function envelope(kind: string, list: Buffer): Buffer {
  const typeMeta = message([1, 'v1'], [2, kind]);
  return Buffer.concat([MAGIC, message([1, typeMeta], [2, list], [3, ''], [4, ''])]);
}

describe('a protobuf list', () => {
  it.each(RECORDED)('recorded as %s decodes to the JSON of the same list', (name, kind) => {
    expect(decodeProtobufList(recordedProtobuf(name), kind)).toEqual(asDecoded(recordedJson(name)));
  });

  it.each(RECORDED)('recorded as %s is an error wherever it is truncated', (name, kind) => {
    const body = recordedProtobuf(name);
    // The last four bytes are two empty strings of the envelope; the list is complete without them.
    for (let length = 0; length < body.length - 4; length += 1) {
      expect(() => decodeProtobufList(body.subarray(0, length), kind), `${length}`).toThrow();
    }
  });

  it('decodes pods among unknown fields', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    const pods = fc.array(
      fc.record({
        name: text,
        namespace: text,
        uid: text,
        secrets: fc.array(text),
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(pods, fc.uint8Array(), (written, unknown) => {
        const items = written.map(({ name, namespace, uid, secrets }) => {
          const metadata = message(
            [1, name],
            [2, unknown],
            [3, namespace],
            [5, uid],
            [17, unknown],
          );
          const volumes = secrets.map((secretName): [number, Buffer] => {
            const secret = message([1, secretName], [2, unknown]);
            return [1, message([1, 'volume'], [2, message([6, secret])])];
          });
          return message([1, metadata], [2, message([3, unknown], ...volumes)], [4, unknown]);
        });
        const list = message(
          [1, message([2, '1'], [3, 'next'])],
          ...items.map((item): [number, Buffer] => [2, item]),
        );
        expect(decodeProtobufList(envelope('PodList', list), 'PodList')).toEqual({
          kind: 'PodList',
          metadata: { continue: 'next' },
          items: written.map(({ name, namespace, uid, secrets }) => ({
            metadata: { name, namespace, uid },
            spec:
              secrets.length === 0
                ? {}
                : {
                    volumes: secrets.map((secretName) => ({ secret: { secretName } })),
                  },
          })),
        });
      }),
    );
  });

  it('of arbitrary bytes decodes to a list or is an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        try {
          decodeProtobufList(Buffer.concat([MAGIC, bytes]), 'PodList');
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });

  it('keeps empty annotations, and skips those that are not read', () => {
    const entries: [number, Buffer][] = [
      [12, message([1, 'kube-aws-iam/unused-since'], [2, ''])],
      [12, message([1, 'iam.amazonaws.com/permitted'], [2, '.*'])],
      [12, message([1, 'note'], [2, 'text'])],
      [12, message([1, 'constructor'], [2, 'text'])],
      [12, message([1, '__proto__'], [2, 'text'])],
    ];
    const metadata = message([1, 'shop'], ...entries);
    const list = message([1, ''], [2, message([1, metadata])]);
    const { items } = decodeProtobufList(
      envelope('PartialObjectMetadataList', list),
      'PartialObjectMetadataList',
    );
    expect(Object.entries(items?.[0]?.metadata?.annotations ?? {})).toEqual([
      ['kube-aws-iam/unused-since', ''],
      ['iam.amazonaws.com/permitted', '.*'],
    ]);
  });

  it.each<[string, Buffer]>([
    ['has other magic bytes', Buffer.from('{"kind":"PodList"}')],
    ['is empty', Buffer.alloc(0)],
    ['contains no list', Buffer.concat([MAGIC, message([1, message([2, 'PodList'])])])],
    ['has a text of another wire type', envelope('PodList', message([1, flag(3, true)]))],
    [
      'has an item that is longer than the list',
      envelope('PodList', Buffer.from([0x12, 0x10, 0x0a])),
    ],
    ['has a group without an end', envelope('PodList', Buffer.alloc(200, 0x1b))],
    ['has a field number 0', envelope('PodList', Buffer.from([0x02, 0x00]))],
    ['has a length of eleven bytes', envelope('PodList', Buffer.alloc(12, 0xff))],
  ])('that %s is an error', (_, body) => {
    expect(() => decodeProtobufList(body, 'PodList')).toThrow();
  });
});

import { decodeProtobuf, type ProtobufFields, type ProtobufMessage } from './decode-protobuf.ts';

/** The media type of Kubernetes' protobuf. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** What every protobuf body of Kubernetes begins with. */
const MAGIC = Buffer.from('k8s\0');

/**
 * Takes an object out of the `runtime.Unknown` in which every protobuf body comes (k8s.io/apimachinery/pkg/runtime).
 *
 * @throws when the body is cut short, holds no object, or one of another kind, or is no protobuf at all.
 */
export function unwrapProtobuf(
  body: Buffer,
  kind: string,
  fields: ProtobufFields,
): ProtobufMessage {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Error('the body does not begin as Kubernetes protobuf does');
  }
  const { typeMeta, object } = decodeProtobuf(body.subarray(MAGIC.length), {
    1: { kind: 'message', name: 'typeMeta', fields: { 2: { kind: 'text', name: 'kind' } } },
    2: { kind: 'message', name: 'object', fields },
  });
  if (object === undefined) throw new Error('the body holds no object');
  const { kind: found } = (typeMeta ?? {}) as { readonly kind?: string };
  if (found !== kind) throw new Error(`${found ?? 'something without a kind'} came for ${kind}`);
  return object as ProtobufMessage;
}

import type { ProtobufFields } from './decode-protobuf.ts';
import { unwrapProtobuf } from './kubernetes-protobuf.ts';
import type { ListBody, ListKind } from './list-body.ts';

/*
 * Of Kubernetes' messages, the fields that are read here, numbered as in `generated.proto` of k8s.io/api/core/v1,
 * k8s.io/apimachinery/pkg/apis/meta/v1 and pkg/runtime (1.36). Numbers never change: they are the stored form of every
 * object in etcd. Names are those of the JSON, so that what reads one reads the other.
 */

const SECRET_VOLUME: ProtobufFields = {
  1: { kind: 'text', name: 'secretName' },
};

const SECRET_PROJECTION: ProtobufFields = {
  1: { kind: 'inline', fields: { 1: { kind: 'text', name: 'name' } } },
};

const VOLUME_PROJECTION: ProtobufFields = {
  1: { kind: 'message', name: 'secret', fields: SECRET_PROJECTION },
};

const VOLUME_SOURCE: ProtobufFields = {
  6: { kind: 'message', name: 'secret', fields: SECRET_VOLUME },
  26: {
    kind: 'message',
    name: 'projected',
    fields: { 1: { kind: 'messages', name: 'sources', fields: VOLUME_PROJECTION } },
  },
};

const POD: ProtobufFields = {
  1: {
    kind: 'message',
    name: 'metadata',
    fields: {
      1: { kind: 'text', name: 'name' },
      3: { kind: 'text', name: 'namespace' },
      5: { kind: 'text', name: 'uid' },
      8: { kind: 'time', name: 'creationTimestamp' },
    },
  },
  2: {
    kind: 'message',
    name: 'spec',
    fields: {
      1: {
        kind: 'messages',
        name: 'volumes',
        fields: { 2: { kind: 'inline', fields: VOLUME_SOURCE } },
      },
    },
  },
};

/** Of whether it is being deleted, only that it is so. */
const OBJECT_METADATA: ProtobufFields = {
  1: { kind: 'text', name: 'name' },
  3: { kind: 'text', name: 'namespace' },
  5: { kind: 'text', name: 'uid' },
  6: { kind: 'text', name: 'resourceVersion' },
  9: { kind: 'message', name: 'deletionTimestamp', fields: {} },
  11: { kind: 'map', name: 'labels' },
  12: { kind: 'map', name: 'annotations' },
  13: { kind: 'messages', name: 'ownerReferences', fields: { 4: { kind: 'text', name: 'uid' } } },
};

/** Custom resources come as JSON only. */
export type ProtobufListKind = Exclude<ListKind, 'AWSIAMRoleList'>;

/** The items of the kinds of list that are read. */
const ITEM_FIELDS = {
  PodList: POD,
  PartialObjectMetadataList: {
    1: { kind: 'message', name: 'metadata', fields: OBJECT_METADATA },
  },
} as const satisfies Record<ProtobufListKind, ProtobufFields>;

/**
 * Reads a list that came as `application/vnd.kubernetes.protobuf`, into the shape that `JSON.parse` gives of the same
 * list, as far as it is read.
 *
 * @throws when the body is cut short, is not a list of the expected kind, or is no protobuf at all.
 */
export function decodeListProtobuf(body: Buffer, kind: ProtobufListKind): ListBody {
  const list = unwrapProtobuf(body, kind, {
    1: { kind: 'message', name: 'metadata', fields: { 3: { kind: 'text', name: 'continue' } } },
    2: { kind: 'messages', name: 'items', fields: ITEM_FIELDS[kind] },
  });
  return { ...list, kind };
}

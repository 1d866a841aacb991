import { BUDGET } from '../../contract/budgets.ts';
import { NAMESPACE_ANNOTATIONS } from '../../contract/kubernetes/namespace.ts';
import { MAX_OBJECT_NAME_LENGTH } from '../../contract/kubernetes/object-name.ts';
import {
  isOwnLabel,
  OWN_ANNOTATIONS,
  SECRET_NAME_PREFIX,
} from '../../contract/kubernetes/secret.ts';
import type { ApiResponse } from '../kubernetes-connection.ts';
import type { ListBody, ListKind } from './api-object.ts';
import { parseJsonList } from './parse-json-list.ts';
import { PROTOBUF, type ProtobufFields, unwrapProtobuf } from './protobuf.ts';

const METADATA_ONLY = 'as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * The `Accept` header for a list of each kind: protobuf, which takes a third of JSON's CPU, or JSON, which every API
 * server supports.
 */
export const ACCEPT: Readonly<Record<ListKind, string>> = {
  PodList: `${PROTOBUF}, application/json`,
  AWSIAMRoleList: 'application/json',
  PartialObjectMetadataList: `${PROTOBUF};${METADATA_ONLY}, application/json;${METADATA_ONLY}`,
};

/**
 * Parses a page of a list, protobuf or JSON.
 *
 * @throws when it is not a list of the kind, so that Secrets that arrive with their data are not read
 */
export function parseList({ headers, body }: ApiResponse, kind: ListKind): ListBody {
  const contentType = headers['content-type'] ?? '';
  const list = parse(contentType, body, kind);
  if (list?.kind !== kind) throw new Error(`expected ${kind}, received ${list?.kind ?? 'no kind'}`);
  return list;
}

function parse(contentType: string, body: Buffer, kind: ListKind): ListBody | null {
  if (contentType.startsWith(PROTOBUF) && kind !== 'AWSIAMRoleList') {
    return decodeProtobufList(body, kind);
  }
  if (contentType.startsWith('application/json')) return parseJson(body, kind);
  throw new Error(`the list has content type "${contentType}", which was not requested`);
}

/** The message of `JSON.parse` would quote the text, which may contain more than was requested. */
function parseJson(body: Buffer, kind: ListKind): ListBody | null {
  try {
    if (kind === 'AWSIAMRoleList') return parseJsonList(body, BUDGET.awsIamRoleFieldBytes);
    return JSON.parse(body.toString());
  } catch {
    throw new Error(`the response (${body.length} bytes) is not JSON`);
  }
}

/*
 * The fields that are read, numbered as in `generated.proto` of k8s.io/api/core/v1, k8s.io/apimachinery/pkg/apis/meta/v1
 * and pkg/runtime (1.36). The numbers never change: objects are stored in etcd with them. The names are those of the
 * JSON form, so that the same code reads both.
 */

/** One byte more than a name can have, so that a longer one is not a name either. */
const MAX_NAME_BYTES = MAX_OBJECT_NAME_LENGTH + 1;

const SECRET_VOLUME: ProtobufFields = {
  1: { kind: 'text', name: 'secretName', maxBytes: MAX_NAME_BYTES },
  4: { kind: 'flag', name: 'optional' },
};

/** A message that embeds `LocalObjectReference`. The number of `optional` depends on what is selected of the Secret. */
const secretReference = (optional: number): ProtobufFields => ({
  1: {
    kind: 'inline',
    fields: { 1: { kind: 'text', name: 'name', maxBytes: MAX_NAME_BYTES } },
  },
  [optional]: { kind: 'flag', name: 'optional' },
});

const VOLUME_PROJECTION: ProtobufFields = {
  1: { kind: 'message', name: 'secret', fields: secretReference(4) },
};

const VOLUME_SOURCE: ProtobufFields = {
  6: { kind: 'message', name: 'secret', fields: SECRET_VOLUME },
  26: {
    kind: 'message',
    name: 'projected',
    fields: {
      1: { kind: 'messages', name: 'sources', fields: VOLUME_PROJECTION, isCounted: true },
    },
  },
};

/** Only environments that may use a Secret of ours are decoded: others can be large, and every pod has some. */
const PREFIX = Buffer.from(SECRET_NAME_PREFIX);

const CONTAINER: ProtobufFields = {
  7: {
    kind: 'messages',
    name: 'env',
    containing: PREFIX,
    isCounted: true,
    fields: {
      3: {
        kind: 'message',
        name: 'valueFrom',
        fields: {
          4: { kind: 'message', name: 'secretKeyRef', fields: secretReference(3) },
        },
      },
    },
  },
  19: {
    kind: 'messages',
    name: 'envFrom',
    containing: PREFIX,
    isCounted: true,
    fields: { 3: { kind: 'message', name: 'secretRef', fields: secretReference(2) } },
  },
};

const containers = (name: string, fields: ProtobufFields) =>
  ({ kind: 'messages', name, fields, containing: PREFIX, isCounted: true }) as const;

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
        isCounted: true,
      },
      2: containers('containers', CONTAINER),
      20: containers('initContainers', CONTAINER),
      34: containers('ephemeralContainers', { 1: { kind: 'inline', fields: CONTAINER } }),
      38: {
        kind: 'messages',
        name: 'schedulingGates',
        max: 1,
        fields: { 1: { kind: 'text', name: 'name' } },
      },
    },
  },
  3: { kind: 'message', name: 'status', fields: { 1: { kind: 'text', name: 'phase' } } },
};

const OWNER_REFERENCE: ProtobufFields = {
  1: { kind: 'text', name: 'kind' },
  3: { kind: 'text', name: 'name' },
  4: { kind: 'text', name: 'uid' },
  5: { kind: 'text', name: 'apiVersion' },
};

const OBJECT_METADATA: ProtobufFields = {
  1: { kind: 'text', name: 'name' },
  3: { kind: 'text', name: 'namespace' },
  5: { kind: 'text', name: 'uid' },
  6: { kind: 'text', name: 'resourceVersion' },
  9: { kind: 'time', name: 'deletionTimestamp' },
  11: { kind: 'map', name: 'labels', isSelected: isOwnLabel },
  12: {
    kind: 'map',
    name: 'annotations',
    isSelected: (key) => OWN_ANNOTATIONS.includes(key) || NAMESPACE_ANNOTATIONS.includes(key),
  },
  // One more than is kept, so that a longer list is recognized.
  13: {
    kind: 'messages',
    name: 'ownerReferences',
    fields: OWNER_REFERENCE,
    max: BUDGET.ownersPerSecret + 1,
  },
  14: { kind: 'texts', name: 'finalizers', max: BUDGET.finalizersPerObject },
};

/** Custom resources are available as JSON only. */
export type ProtobufListKind = Exclude<ListKind, 'AWSIAMRoleList'>;

const ITEM_FIELDS = {
  PodList: POD,
  PartialObjectMetadataList: {
    1: { kind: 'message', name: 'metadata', fields: OBJECT_METADATA },
  },
} as const satisfies Record<ProtobufListKind, ProtobufFields>;

/**
 * Decodes a protobuf list to what `JSON.parse` returns for the same list, reduced to the fields that are read.
 *
 * @throws when the body is truncated, is not a list of the kind, or is not protobuf
 */
export function decodeProtobufList(body: Buffer, kind: ProtobufListKind): ListBody {
  const list = unwrapProtobuf(body, kind, {
    1: { kind: 'message', name: 'metadata', fields: { 3: { kind: 'text', name: 'continue' } } },
    2: {
      kind: 'messages',
      name: 'items',
      fields: ITEM_FIELDS[kind],
      maxCounted: BUDGET.secretReferencesPerPod,
    },
  });
  return { ...list, kind };
}

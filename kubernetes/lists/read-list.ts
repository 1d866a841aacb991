import type { ApiResponse } from '../kubernetes-connection.ts';
import { PROTOBUF } from './kubernetes-protobuf.ts';
import type { ListBody, ListKind } from './list-body.ts';
import { decodeListProtobuf } from './list-protobuf.ts';

const METADATA = 'as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * What to ask for to get a list of the kind: protobuf, of which a third of JSON's CPU is enough, or else JSON, which
 * everything speaks that calls itself Kubernetes.
 */
export const ACCEPT: Readonly<Record<ListKind, string>> = {
  PodList: `${PROTOBUF}, application/json`,
  AWSIAMRoleList: 'application/json',
  PartialObjectMetadataList: `${PROTOBUF};${METADATA}, application/json;${METADATA}`,
};

/**
 * Reads a page of a list in the form in which it came.
 *
 * @throws when it is not a list of the kind: so Secrets that come whole although metadata was asked for are not read.
 */
export function readList({ headers, body }: ApiResponse, kind: ListKind): ListBody {
  const contentType = headers['content-type'] ?? '';
  const list = parse(contentType, body, kind);
  if (list?.kind !== kind) {
    throw new Error(`${list?.kind ?? 'something without a kind'} came where ${kind} was asked for`);
  }
  return list;
}

function parse(contentType: string, body: Buffer, kind: ListKind): ListBody | null {
  if (contentType.startsWith(PROTOBUF) && kind !== 'AWSIAMRoleList') {
    return decodeListProtobuf(body, kind);
  }
  if (contentType.startsWith('application/json')) return parseJson(body);
  throw new Error(`a list came as "${contentType}", which was not asked for`);
}

/** What `JSON.parse` says of a broken text quotes it, and what came may be more than was asked for. */
function parseJson(body: Buffer): ListBody | null {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new Error(`the ${body.length} bytes that came are no JSON`);
  }
}

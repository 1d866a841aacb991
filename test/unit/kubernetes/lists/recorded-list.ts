import { readFileSync } from 'node:fs';
import type { ApiObject, ListBody, PodVolume } from '../../../../kubernetes/lists/api-object.ts';

/** A list recorded from a real API server (1.36) as protobuf and as JSON: see test/support/record-lists.ts. */
export type RecordedList = 'pods-1' | 'pods-2' | 'no-pods' | 'namespaces' | 'secrets';

const FOLDER = new URL('../../../fixtures/lists/', import.meta.url);

export function recordedProtobuf(name: RecordedList): Buffer {
  return readFileSync(new URL(`${name}.pb`, FOLDER));
}

export function recordedJson(name: RecordedList): ListBody {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
}

/** Reduces a JSON list to the fields that are decoded from its protobuf form. */
export function asDecoded(list: ListBody): ListBody {
  const { kind, metadata, items } = list;
  const token = metadata?.continue;
  const objects = (items ?? []).map(kind === 'PodList' ? podAsDecoded : metadataAsDecoded);
  return defined({
    kind,
    metadata: defined({ continue: token }),
    items: objects.length > 0 ? objects : undefined,
  });
}

function podAsDecoded({ metadata = {}, spec }: ApiObject): ApiObject {
  const { name, namespace, uid, creationTimestamp } = metadata;
  return {
    metadata: defined({ name, namespace, uid, creationTimestamp }),
    spec: defined({ volumes: spec?.volumes?.map(volumeAsDecoded) }),
  };
}

function volumeAsDecoded({ secret, projected }: PodVolume): PodVolume {
  return defined({
    secret: secret && defined({ secretName: secret.secretName }),
    projected: projected && {
      sources: (projected.sources ?? []).map(({ secret: source }) =>
        defined({ secret: source && defined({ name: source.name }) }),
      ),
    },
  });
}

function metadataAsDecoded({ metadata = {} }: ApiObject): ApiObject {
  const { name, namespace, uid, resourceVersion, labels, annotations } = metadata;
  return {
    metadata: defined({
      ...{ name, namespace, uid, resourceVersion, labels, annotations },
      deletionTimestamp: metadata.deletionTimestamp && {},
      ownerReferences: metadata.ownerReferences?.map(({ uid = '' }) => ({ uid })),
    }),
  };
}

/** Removes undefined properties. */
function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, v]) => v !== undefined)) as T;
}

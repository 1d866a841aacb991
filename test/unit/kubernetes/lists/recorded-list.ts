import { readFileSync } from 'node:fs';
import { NAMESPACE_ANNOTATIONS } from '../../../../contract/kubernetes/namespace.ts';
import { isOwnLabel, OWN_ANNOTATIONS } from '../../../../contract/kubernetes/secret.ts';
import type {
  ApiObject,
  ListBody,
  PodContainer,
  PodVolume,
  SecretReference,
} from '../../../../kubernetes/lists/api-object.ts';

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

function podAsDecoded({ metadata = {}, spec = {}, status }: ApiObject): ApiObject {
  const { name, namespace, uid, creationTimestamp } = metadata;
  const { volumes, containers, initContainers, ephemeralContainers, schedulingGates } = spec;
  return {
    metadata: defined({ name, namespace, uid, creationTimestamp }),
    spec: defined({
      volumes: volumes?.map(volumeAsDecoded),
      containers: withSecrets(containers),
      initContainers: withSecrets(initContainers),
      ephemeralContainers: withSecrets(ephemeralContainers),
      schedulingGates: schedulingGates?.slice(0, 1),
    }),
    status: defined({ phase: status?.phase }),
  };
}

function volumeAsDecoded({ secret, projected }: PodVolume): PodVolume {
  return defined({
    secret:
      secret && defined({ secretName: secret.secretName, optional: secret.optional || undefined }),
    projected: projected && {
      sources: (projected.sources ?? []).map(({ secret: source }) =>
        defined({ secret: source && referenceAsDecoded(source) }),
      ),
    },
  });
}

/** Containers without a Secret of the product are not decoded. */
function withSecrets(
  containers: readonly PodContainer[] = [],
): readonly PodContainer[] | undefined {
  const decoded = containers.flatMap(({ env = [], envFrom = [] }) => {
    const variables = env.flatMap(({ valueFrom }) => {
      const secretKeyRef = ofProduct(valueFrom?.secretKeyRef);
      return secretKeyRef === undefined ? [] : [{ valueFrom: { secretKeyRef } }];
    });
    const sources = envFrom.flatMap((source) => {
      const secretRef = ofProduct(source.secretRef);
      return secretRef === undefined ? [] : [{ secretRef }];
    });
    if (variables.length + sources.length === 0) return [];
    return defined<PodContainer>({
      env: variables.length === 0 ? undefined : variables,
      envFrom: sources.length === 0 ? undefined : sources,
    });
  });
  return decoded.length === 0 ? undefined : decoded;
}

function ofProduct(reference: SecretReference | undefined): SecretReference | undefined {
  return reference?.name?.startsWith('aws-iam-') ? referenceAsDecoded(reference) : undefined;
}

function referenceAsDecoded({ name, optional }: SecretReference): SecretReference {
  return defined({ name, optional: optional || undefined });
}

function metadataAsDecoded({ metadata = {} }: ApiObject): ApiObject {
  const { name, namespace, uid, resourceVersion, labels, annotations } = metadata;
  return {
    metadata: defined({
      ...{ name, namespace, uid, resourceVersion },
      labels: selected(labels, isOwnLabel),
      annotations: selected(
        annotations,
        (key) => OWN_ANNOTATIONS.includes(key) || NAMESPACE_ANNOTATIONS.includes(key),
      ),
      deletionTimestamp: metadata.deletionTimestamp,
      finalizers: metadata.finalizers,
      ownerReferences: metadata.ownerReferences?.map(({ apiVersion, kind, name: owner, uid: id }) =>
        defined({ apiVersion, kind, name: owner, uid: id }),
      ),
    }),
  };
}

function selected(
  map: Readonly<Record<string, string>> = {},
  isSelected: (key: string) => boolean,
): Readonly<Record<string, string>> | undefined {
  const entries = Object.entries(map).filter(([key]) => isSelected(key));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Removes undefined properties. */
function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, v]) => v !== undefined)) as T;
}

import type { ApiResponse } from '../../../kubernetes/kubernetes-connection.ts';
import type { ManagedSecret } from '../../observe/managed-secrets.ts';
import { redactedErrorOf } from './redact-errors.ts';
import type { SecretContent } from './render-secret.ts';
import type { SecretChanges } from './secret-api.ts';

/**
 * The value of `Accept` in a write: requests metadata as the response. By default, the server returns the whole Secret, values
 * included.
 */
export const METADATA_ONLY =
  'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json';

/** Returns the body of a request that creates a Secret. */
export function newSecret(name: string, content: SecretContent) {
  const { labels, annotations, ownerReferences, data } = content;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      labels,
      annotations,
      ...(ownerReferences && { ownerReferences: [...ownerReferences] }),
    },
    type: 'Opaque',
    data: encode(data),
  };
}

/** Returns a merge patch. The server rejects it unless the Secret is still the one that was read. */
export function secretPatch(
  { uid, resourceVersion }: Pick<ManagedSecret, 'uid' | 'resourceVersion'>,
  { annotations, labels, ownerReferences, data }: SecretChanges,
) {
  return {
    metadata: {
      ...{ uid, resourceVersion, annotations },
      ...(labels && { labels }),
      ...(ownerReferences && { ownerReferences }),
    },
    ...(data === undefined ? {} : { data: encode(data) }),
  };
}

/** Returns the body of a request that deletes a Secret only if it is still the one that was read. */
export function deleteOptions({
  uid,
  resourceVersion,
}: Pick<ManagedSecret, 'uid' | 'resourceVersion'>) {
  return { preconditions: { uid, resourceVersion } };
}

/** @throws {KubernetesApiError} without the content of the Secret, for any response but a success; redirects too */
export function assertWritten(response: ApiResponse): void {
  if (response.status < 200 || response.status > 299) throw redactedErrorOf(response);
}

function encode(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}

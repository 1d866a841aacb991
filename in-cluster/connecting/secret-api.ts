import { FIELD_MANAGER } from '../../contract/kubernetes/cluster-access.ts';
import type { ApiRequest, KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { SecretApi } from '../../lambda/act/secrets/secret-api.ts';
import {
  assertWritten,
  deleteOptions,
  METADATA_ONLY,
  newSecret,
  secretPatch,
} from '../../lambda/act/secrets/secret-requests.ts';

const JSON_TYPE = 'application/json';

/**
 * Creates the API that writes Secrets over a connection. It sends the same requests as that of the functions, without the
 * generated Kubernetes client: the code in the cluster has to fit into ConfigMaps (ADR 0018), and its memory is limited.
 */
export function createPlainSecretApi(connection: KubernetesConnection): SecretApi {
  async function write(
    request: Pick<ApiRequest, 'method' | 'path' | 'signal'>,
    body: object,
    contentType = JSON_TYPE,
  ): Promise<void> {
    const headers = { 'content-type': contentType, accept: METADATA_ONLY };
    assertWritten(await connection.send({ ...request, headers, body: JSON.stringify(body) }));
  }
  return {
    create(namespace, name, content, signal) {
      const path = `${secretsPath(namespace)}?fieldManager=${FIELD_MANAGER}`;
      return write({ method: 'POST', path, signal }, newSecret(name, content));
    },
    change(secret, changes, signal) {
      const path = `${secretsPath(secret.namespace, secret.name)}?fieldManager=${FIELD_MANAGER}`;
      const patch = secretPatch(secret, changes);
      return write({ method: 'PATCH', path, signal }, patch, 'application/merge-patch+json');
    },
    remove(secret, signal) {
      const path = secretsPath(secret.namespace, secret.name);
      return write({ method: 'DELETE', path, signal }, deleteOptions(secret));
    },
  };
}

function secretsPath(namespace: string, name?: string): string {
  const secrets = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  return name === undefined ? secrets : `${secrets}/${encodeURIComponent(name)}`;
}

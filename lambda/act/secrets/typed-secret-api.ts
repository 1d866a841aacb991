/**
 * Writes Secrets through the generated Kubernetes client, over the refresher's own connection. Importing that client
 * takes about 200 ms of CPU and 40 MB, so import this module dynamically, while waiting for something else.
 */
import {
  CoreV1Api,
  createConfiguration,
  PatchStrategy,
  type RequestContext,
  ResponseContext,
  ServerConfiguration,
  setHeaderOptions,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { FIELD_MANAGER } from '../../../contract/kubernetes/cluster-access.ts';
import type {
  ApiRequest,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';
import type { SecretApi } from './secret-api.ts';
import {
  assertWritten,
  deleteOptions,
  METADATA_ONLY,
  newSecret,
  secretPatch,
} from './secret-requests.ts';

/** A placeholder: the connection knows the cluster's address, which may change while the container is warm. */
const ORIGIN = new ServerConfiguration('https://cluster.invalid', {});

/** Creates the API that writes over `connection`. */
export function createSecretApi(connection: KubernetesConnection): SecretApi {
  const client = (signal: AbortSignal): CoreV1Api =>
    new CoreV1Api(
      createConfiguration({
        baseServer: ORIGIN,
        httpApi: wrapHttpLibrary({ send: (request) => sendOver(connection, request, signal) }),
      }),
    );
  const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

  return {
    async create(namespace, name, content, signal) {
      await client(signal).createNamespacedSecret({
        namespace,
        fieldManager: FIELD_MANAGER,
        body: newSecret(name, content),
      });
    },
    async change(secret, changes, signal) {
      const { namespace, name } = secret;
      await client(signal).patchNamespacedSecret(
        { namespace, name, fieldManager: FIELD_MANAGER, body: secretPatch(secret, changes) },
        mergePatch,
      );
    },
    async remove(secret, signal) {
      const { namespace, name } = secret;
      await client(signal).deleteNamespacedSecret({ namespace, name, body: deleteOptions(secret) });
    },
  };
}

async function sendOver(
  connection: KubernetesConnection,
  request: RequestContext,
  signal: AbortSignal,
): Promise<ResponseContext> {
  const { pathname, search } = new URL(request.getUrl());
  const body = request.getBody();
  const response = await connection.send({
    method: request.getHttpMethod() as ApiRequest['method'],
    path: pathname + search,
    headers: { ...request.getHeaders(), Accept: METADATA_ONLY },
    body: typeof body === 'string' ? body : undefined,
    signal,
  });
  assertWritten(response);
  return new ResponseContext(response.status, response.headers, {
    text: async () => response.body.toString(),
    binary: async () => response.body,
    stream: () => null,
  });
}

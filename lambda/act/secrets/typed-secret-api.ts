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
import { redactedErrorOf } from './redact-errors.ts';
import type { SecretApi } from './secret-api.ts';

/** Requests metadata as the response to a write. By default, the server returns the whole Secret, values included. */
const METADATA_ONLY = {
  Accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json',
};

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
        body: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: {
            name,
            labels: content.labels,
            annotations: content.annotations,
            ...(content.ownerReferences && { ownerReferences: [...content.ownerReferences] }),
          },
          type: 'Opaque',
          data: encode(content.data),
        },
      });
    },
    async change({ namespace, name, uid, resourceVersion }, changes, signal) {
      const { annotations, labels, ownerReferences, data } = changes;
      await client(signal).patchNamespacedSecret(
        {
          namespace,
          name,
          fieldManager: FIELD_MANAGER,
          // With both in the patch, the server rejects it unless the Secret is still the one that was read.
          body: {
            metadata: {
              ...{ uid, resourceVersion, annotations },
              ...(labels && { labels }),
              ...(ownerReferences && { ownerReferences }),
            },
            ...(data === undefined ? {} : { data: encode(data) }),
          },
        },
        mergePatch,
      );
    },
    async remove({ namespace, name, uid, resourceVersion }, signal) {
      await client(signal).deleteNamespacedSecret({
        namespace,
        name,
        body: { preconditions: { uid, resourceVersion } },
      });
    },
  };
}

function encode(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
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
    headers: { ...request.getHeaders(), ...METADATA_ONLY },
    body: typeof body === 'string' ? body : undefined,
    signal,
  });
  // Redirects too: the generated client would put the body into its error message.
  if (response.status < 200 || response.status > 299) throw redactedErrorOf(response);
  return new ResponseContext(response.status, response.headers, {
    text: async () => response.body.toString(),
    binary: async () => response.body,
    stream: () => null,
  });
}

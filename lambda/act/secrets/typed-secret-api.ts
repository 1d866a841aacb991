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
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type {
  ApiRequest,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';
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
      const write = client(signal).createNamespacedSecret({
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
      await redactErrors(write);
    },
    async change({ namespace, name, uid, resourceVersion }, { annotations, labels, data }, signal) {
      const write = client(signal).patchNamespacedSecret(
        {
          namespace,
          name,
          fieldManager: FIELD_MANAGER,
          // With both in the patch, the server rejects it unless the Secret is still the one that was read.
          body: {
            metadata: { uid, resourceVersion, annotations, ...(labels && { labels }) },
            ...(data === undefined ? {} : { data: encode(data) }),
          },
        },
        mergePatch,
      );
      await (data === undefined ? write : redactErrors(write));
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
  if (response.status < 200 || response.status > 299) throw apiErrorOf(response);
  return new ResponseContext(response.status, response.headers, {
    text: async () => response.body.toString(),
    binary: async () => response.body,
    stream: () => null,
  });
}

/**
 * Messages of the API server itself, which contain names and numbers but no content (registry, quota, RBAC and namespace
 * lifecycle of k8s.io/apiserver).
 */
const SAFE_MESSAGES = [
  / already exists$/,
  / not found$/,
  / is forbidden: exceeded quota: [^\n]{0,500}$/,
  / cannot \w+ resource "secrets" in API group ""[^\n]{0,200}$/,
  / is forbidden: unable to create new content in namespace \S+ because it is being terminated$/,
  /Operation cannot be fulfilled on [^\n]{0,500}$/,
];

/** The reasons that Kubernetes defines (`StatusReason` of meta/v1). A webhook may set any text as its reason. */
const SAFE_REASONS: ReadonlySet<string> = new Set([
  ...['Unauthorized', 'Forbidden', 'NotFound', 'AlreadyExists', 'Conflict', 'Gone', 'Invalid'],
  ...['ServerTimeout', 'Timeout', 'TooManyRequests', 'BadRequest', 'MethodNotAllowed', 'Expired'],
  ...['NotAcceptable', 'RequestEntityTooLarge', 'UnsupportedMediaType', 'InternalError'],
  ...['ServiceUnavailable'],
]);

/** The beginning of an admission error, which names the webhook or policy. */
const ADMISSION_SOURCE =
  /(?:admission webhook "[^"]{1,253}" denied the request|ValidatingAdmissionPolicy '[^']{1,253}' with binding '[^']{1,253}' denied request|failed calling webhook "[^"]{1,253}")/;

/**
 * Waits for a write of Secret data, and redacts its error: an admission webhook or policy, which may be anyone's, can
 * quote the Secret in any form. Messages of the API server itself are kept.
 *
 * @throws {KubernetesApiError} when the API rejects the write
 */
export async function redactErrors<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    const { status, message } = error;
    const reason = SAFE_REASONS.has(error.reason) ? error.reason : '';
    throw new KubernetesApiError(status, reason, redactMessage(status, reason, message));
  }
}

function redactMessage(status: number, reason: string, message: string): string {
  const answered = `the Kubernetes API answered ${status}${reason && ` ${reason}`}`;
  const isSafe =
    message.startsWith(`${answered}:`) && SAFE_MESSAGES.some((safe) => safe.test(message));
  if (isSafe) return message;
  const [source] = ADMISSION_SOURCE.exec(message) ?? [];
  const from = source === undefined ? '' : `: ${source}`;
  return `${answered}${from} (message withheld: it may contain Secret data)`;
}

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
import { FIELD_MANAGER } from '../../../contract/cluster-access.ts';
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type {
  ApiRequest,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';
import type { SecretApi } from './secret-api.ts';

/**
 * Writes Secrets through the generated client of Kubernetes, over the product's own connection. Importing that client
 * costs some 200 ms of CPU and 40 MB, so this module is only ever imported while something else is being waited for.
 */

/** What a write is answered with: without this, the server sends the whole Secret back, values included. */
const METADATA_ONLY = {
  Accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json',
};

/** A made-up origin: the connection knows the cluster's address, which can change while a container lives. */
const ORIGIN = new ServerConfiguration('https://cluster.invalid', {});

/** Makes the writes over `connection`. */
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
      const writing = client(signal).createNamespacedSecret({
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
      await redactErrors(writing);
    },
    async change({ namespace, name, uid, resourceVersion }, { annotations, labels, data }, signal) {
      const writing = client(signal).patchNamespacedSecret(
        {
          namespace,
          name,
          fieldManager: FIELD_MANAGER,
          // With both in the patch, the server refuses it for any Secret but the one that was read.
          body: {
            metadata: { uid, resourceVersion, annotations, ...(labels && { labels }) },
            ...(data === undefined ? {} : { data: encode(data) }),
          },
        },
        mergePatch,
      );
      await (data === undefined ? writing : redactErrors(writing));
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
  // Redirects too: the generated client would put the body into its error.
  if (response.status < 200 || response.status > 299) throw apiErrorOf(response);
  return new ResponseContext(response.status, response.headers, {
    text: async () => response.body.toString(),
    binary: async () => response.body,
    stream: () => null,
  });
}

/**
 * Words of the API server's own, which quote names and numbers and no content (registry, quota, RBAC and namespace
 * lifecycle of k8s.io/apiserver).
 */
const HARMLESS = [
  / already exists$/,
  / not found$/,
  / is forbidden: exceeded quota: [^\n]{0,500}$/,
  / cannot \w+ resource "secrets" in API group ""[^\n]{0,200}$/,
  / is forbidden: unable to create new content in namespace \S+ because it is being terminated$/,
  /Operation cannot be fulfilled on [^\n]{0,500}$/,
];

/** The reasons that Kubernetes knows (`StatusReason` of meta/v1). A webhook may give any text as its reason. */
const REASONS: ReadonlySet<string> = new Set([
  ...['Unauthorized', 'Forbidden', 'NotFound', 'AlreadyExists', 'Conflict', 'Gone', 'Invalid'],
  ...['ServerTimeout', 'Timeout', 'TooManyRequests', 'BadRequest', 'MethodNotAllowed', 'Expired'],
  ...['NotAcceptable', 'RequestEntityTooLarge', 'UnsupportedMediaType', 'InternalError'],
  ...['ServiceUnavailable'],
]);

/** What comes before the words of whoever refuses: who that is. */
const REFUSER =
  /(?:admission webhook "[^"]{1,253}" denied the request|ValidatingAdmissionPolicy '[^']{1,253}' with binding '[^']{1,253}' denied request|failed calling webhook "[^"]{1,253}")/;

/**
 * Waits for a write of a Secret that has values. What the cluster says in refusing it is told only as far as it is the API
 * server's own words: an admission webhook or policy may be anybody's, and quote the Secret in any form.
 *
 * @throws {KubernetesApiError} when the API refuses
 */
export async function redactErrors<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    const { status, message } = error;
    const reason = REASONS.has(error.reason) ? error.reason : '';
    throw new KubernetesApiError(status, reason, withoutQuotations(status, reason, message));
  }
}

function withoutQuotations(status: number, reason: string, message: string): string {
  const isOfKnownReason = message.startsWith(
    `the Kubernetes API answered ${status}${reason && ` ${reason}`}:`,
  );
  if (isOfKnownReason && HARMLESS.some((words) => words.test(message))) return message;
  const [refuser] = REFUSER.exec(message) ?? [];
  const answered = `the Kubernetes API answered ${status}${reason && ` ${reason}`}`;
  return `${answered}${refuser === undefined ? '' : `: ${refuser}`} (in words that are withheld, as they may quote the Secret)`;
}

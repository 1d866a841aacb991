import type * as z from 'zod';
import { HTTP_STATUS } from '../../../../contract/http-status.ts';
import { apiErrorOf } from '../../../../kubernetes/api-error.ts';
import { memoize } from '../../../../kubernetes/cached-value.ts';
import type {
  ApiResponse,
  KubernetesConnection,
} from '../../../../kubernetes/kubernetes-connection.ts';
import type { LoadedContext } from '../../../kubeconfig/kubeconfig-schema.ts';
import type { ReadResult } from './read-result.ts';

/** The cluster of the kubeconfig's context. */
interface KubeconfigCluster {
  /** Name of the context. */
  readonly context: string;
  /** Name of the cluster in the kubeconfig. */
  readonly clusterName: string;
  /** URL of the server. */
  readonly server: string;
  readonly connection: KubernetesConnection;
  readonly loaded: Pick<LoadedContext, 'name' | 'cluster'>;
}

/** A read request. */
export interface ClusterRequest<T> {
  readonly path: string;
  /** Permission that the caller needs, e.g. `get deployments`. */
  readonly permission: string;
  /** Validates the response. */
  readonly schema: z.ZodType<T>;
  /** Sent with POST; a request without it is a GET. */
  readonly body?: object;
  /** Requests the metadata only, so that the data of a Secret is not sent. */
  readonly asMetadata?: boolean;
  /** The response is text, not JSON. */
  readonly isText?: boolean;
}

/** Reads from the cluster as the caller. */
export interface ClusterReader {
  /**
   * Connects to the cluster of the kubeconfig.
   *
   * @throws {ClusterSetupError} when there is no kubeconfig, or no credentials
   */
  connect(): Promise<KubeconfigCluster>;
  /** @throws {ClusterSetupError | ClusterUnreachableError} when there is no response */
  read<T>(request: ClusterRequest<T>): Promise<ReadResult<T>>;
}

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

const REQUEST_TIMEOUT_MS = 30_000;

/** Creates a reader that connects at its first request. */
export function createClusterReader(
  openConnection: () => Promise<KubeconfigCluster>,
): ClusterReader {
  const connect = memoize(openConnection);
  return {
    connect,
    async read({ path, permission, schema, body, asMetadata = false, isText = false }) {
      const { connection } = await connect();
      const response = await connection.send({
        method: body === undefined ? 'GET' : 'POST',
        path,
        headers: {
          accept: acceptedType({ asMetadata, isText }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const parse = isText ? String : (text: string): unknown => JSON.parse(text);
      return toResult(response, permission, (text) => schema.safeParse(parse(text)));
    },
  };
}

function acceptedType({
  asMetadata,
  isText,
}: Pick<ClusterRequest<unknown>, 'asMetadata' | 'isText'>): string {
  if (isText) return '*/*';
  return asMetadata ? METADATA : 'application/json';
}

function toResult<T>(
  response: ApiResponse,
  permission: string,
  parse: (text: string) => z.ZodSafeParseResult<T>,
): ReadResult<T> {
  const { status, body } = response;
  if (status === HTTP_STATUS.notFound) return { kind: 'absent' };
  if (status === HTTP_STATUS.forbidden) return { kind: 'forbidden', permission };
  if (status >= 300) return { kind: 'failed', message: apiErrorOf(response).message };
  const parsed = parse(body.toString());
  if (parsed.success) return { kind: 'found', value: parsed.data };
  return {
    kind: 'failed',
    message: `unexpected response to "${permission}": not a Kubernetes object`,
  };
}

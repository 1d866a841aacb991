import type * as z from 'zod';
import { apiErrorOf } from '../../../kubernetes/api-error.ts';
import type {
  ApiResponse,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';
import type { Reading } from './reading.ts';

/** The cluster of a context of the kubeconfig. */
export interface KubeconfigCluster {
  /** Name of the context. */
  readonly context: string;
  /** How the kubeconfig calls the cluster. */
  readonly clusterName: string;
  /** URL of the server. */
  readonly server: string;
  readonly connection: KubernetesConnection;
}

/** What is asked of the cluster. */
export interface ClusterRequest<T> {
  readonly path: string;
  /** What the caller needs for it, e.g. `get deployments`. */
  readonly right: string;
  /** What is read of the answer. */
  readonly schema: z.ZodType<T>;
  /** Sent by POST; without it, it is a GET. */
  readonly body?: object;
  /** Reads the metadata alone: nobody is to see what a Secret holds. */
  readonly asMetadata?: boolean;
}

/** Reads from the cluster as the caller. */
export interface ClusterReader {
  /**
   * The cluster that the kubeconfig names.
   *
   * @throws {ClusterSetupError} when there is none, or no credentials for it
   */
  reach(): Promise<KubeconfigCluster>;
  /** @throws {ClusterSetupError | ClusterUnreachableError} when there is no answer */
  read<T>(request: ClusterRequest<T>): Promise<Reading<T>>;
}

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

const FORBIDDEN = 403;
const NOT_FOUND = 404;

/** How long an answer may take, in milliseconds. */
const LONGEST_MILLISECONDS = 30_000;

/** Reads by a connection that is made at the first request. */
export function createClusterReader(connect: () => Promise<KubeconfigCluster>): ClusterReader {
  let reached: Promise<KubeconfigCluster> | undefined;
  const reach = () => {
    reached ??= connect();
    return reached;
  };
  return {
    reach,
    async read({ path, right, schema, body, asMetadata = false }) {
      const { connection } = await reach();
      const response = await connection.send({
        method: body === undefined ? 'GET' : 'POST',
        path,
        headers: {
          accept: asMetadata ? METADATA : 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(LONGEST_MILLISECONDS),
      });
      return judge(response, right, schema);
    },
  };
}

function judge<T>(response: ApiResponse, right: string, schema: z.ZodType<T>): Reading<T> {
  if (response.status === NOT_FOUND) return { kind: 'absent' };
  if (response.status === FORBIDDEN) return { kind: 'forbidden', right };
  if (response.status >= 300) return { kind: 'failed', message: apiErrorOf(response).message };
  const parsed = schema.safeParse(JSON.parse(response.body.toString()));
  if (parsed.success) return { kind: 'read', value: parsed.data };
  return { kind: 'failed', message: `the answer to "${right}" is not what Kubernetes sends` };
}

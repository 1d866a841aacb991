/** A request to the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query, e.g. `/api/v1/pods?limit=500`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Maximum size of the response's body, in bytes; unlimited when absent. A larger one is not received to its end. */
  readonly maxResponseBytes?: number | undefined;
  /** Aborts the request, and the wait before a retry. */
  readonly signal: AbortSignal;
}

/** A response, whatever its status: 4xx, and 429 or 5xx after the last retry, are responses too. */
export interface ApiResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The connection to the cluster's API. Every request goes through it. */
export interface KubernetesConnection {
  /**
   * Sends a request and retries it where a retry can help, writes included. A write may have been carried out although
   * its response was lost, so callers must interpret 409 and 404 accordingly.
   *
   * @throws {ClusterSetupError} when the setup has to be fixed
   * @throws {ClusterUnreachableError} when the cluster did not answer
   * @throws {ResponseTooLargeError} when the response is larger than `maxResponseBytes`
   * @throws the signal's reason when it aborts before there is a response
   */
  send(request: ApiRequest): Promise<ApiResponse>;
}

/** A connection that has to be closed before the process can exit. A function leaves it open. */
export interface ClosableConnection extends KubernetesConnection {
  close(): Promise<void>;
}

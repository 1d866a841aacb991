/** A request to the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path with query, e.g. `/api/v1/pods?limit=500`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Ends the request, and the wait for its next try, when the run's time is over. */
  readonly signal: AbortSignal;
}

/** The answer, whatever its status: 4xx too, and 429 or 5xx when trying again brought nothing better. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The one way to the cluster's API. */
export interface KubernetesConnection {
  send(request: ApiRequest): Promise<ApiResponse>;
}

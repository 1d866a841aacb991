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
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The one way to the cluster's API. */
export interface KubernetesConnection {
  /**
   * Sends a request and tries it again where that can help, writes included: a write may have been carried out although
   * its answer was lost, so a caller must take 409 and 404 for what they may then mean.
   *
   * @throws ClusterSetupError when a person has to change something; ClusterUnreachableError when the cluster did not
   * answer; the signal's own reason when the time was over before there was an answer.
   */
  send(request: ApiRequest): Promise<ApiResponse>;
}

import { Agent, fetch, type Headers, type Response } from 'undici';

/** Where an API server is, and as whom it is asked. */
export interface ApiServer {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** Whether HTTP/2 is spoken; it is by default. */
  readonly allowH2?: boolean;
}

/** A Kubernetes object, list or `Status`, typed as far as tests navigate in one. */
export interface ApiBody {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly [field: string]: unknown;
  };
  readonly items: readonly ApiBody[];
  readonly [field: string]: unknown;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ApiBody;
}

export interface ApiRequestInit {
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Plain requests to an API server: nothing is retried, and every status is an answer. */
export interface ApiClient {
  send(method: string, path: string, init?: ApiRequestInit): Promise<ApiResponse>;
  /** The answer as it comes, for watches and for bodies that are not JSON. */
  open(method: string, path: string, init?: ApiRequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** A client over a connection pool of its own, which verifies the server against `caPem`. */
export function apiClient({ url, caPem, token, allowH2 = true }: ApiServer): ApiClient {
  const dispatcher = new Agent({ connect: { ca: caPem }, connections: 8, allowH2 });
  const open = (method: string, path: string, { body, headers, signal }: ApiRequestInit = {}) =>
    fetch(new URL(path, url), {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  return {
    open,
    async send(method, path, init) {
      const response = await open(method, path, init);
      const body: ApiBody = JSON.parse(await response.text());
      return { status: response.status, headers: response.headers, body };
    },
    close: () => dispatcher.destroy(),
  };
}

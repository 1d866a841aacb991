import { Agent, fetch, type Headers, type Response } from 'undici';

/** An API server, and the token for its requests. */
export interface ApiServer {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** Whether to offer HTTP/2. @default true */
  readonly allowH2?: boolean;
}

/** A Kubernetes object, list or `Status`, typed as far as callers read it. */
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

interface ApiRequestInit {
  /** Sent as JSON, except a string, which is sent unchanged. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A minimal client of an API server. It retries nothing, and returns error statuses instead of throwing. */
export interface ApiClient {
  send(method: string, path: string, init?: ApiRequestInit): Promise<ApiResponse>;
  /** Returns the response before its body has arrived, for watches and bodies that are not JSON. */
  open(method: string, path: string, init?: ApiRequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Creates a client with its own connection pool, which verifies the server's certificate against `caPem`. */
export function apiClient({ url, caPem, token, allowH2 = true }: ApiServer): ApiClient {
  // A watch can be silent for any length of time.
  const dispatcher = new Agent({ connect: { ca: caPem }, connections: 8, allowH2, bodyTimeout: 0 });
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

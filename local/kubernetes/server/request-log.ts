/** A request, answered or in progress. */
interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  /** The authenticated user; `undefined` when the request failed before authentication. */
  readonly username: string | undefined;
  /** Status of the response; 0 when the connection was dropped before it. */
  readonly status: number;
  /** Body bytes sent so far, before compression. */
  readonly bytes: number;
}

/** A log of requests, in the order of their responses, and a count of connections. */
export interface RequestLog {
  readonly requests: readonly LoggedRequest[];
  /** TLS connections opened since the start or the last `clear`. */
  readonly connections: number;
  clear(): void;
}

/** A log that the server writes to. */
export interface WritableRequestLog extends RequestLog {
  /** Adds a request. Returns a function that counts bytes of its response. */
  add(request: Omit<LoggedRequest, 'bytes'>): (bytes: number) => void;
  addConnection(): void;
}

/** Creates an empty log. */
export function createRequestLog(): WritableRequestLog {
  let requests: LoggedRequest[] = [];
  let connections = 0;
  return {
    get requests() {
      return requests;
    },
    get connections() {
      return connections;
    },
    clear() {
      requests = [];
      connections = 0;
    },
    add(request) {
      const entry = { ...request, bytes: 0 };
      requests.push(entry);
      return (bytes) => {
        entry.bytes += bytes;
      };
    },
    addConnection() {
      connections += 1;
    },
  };
}

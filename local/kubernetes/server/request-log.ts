/** A request that was answered, or is being answered. */
export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  /** Who asked; absent when that was not found out. */
  readonly username: string | undefined;
  /** The status of the answer; 0 when the connection was dropped before one. */
  readonly status: number;
  /** Bytes of the answer's body up to now, before compression. */
  readonly bytes: number;
}

/** What the server was asked, in the order of its answers, and over how many connections. */
export interface RequestLog {
  readonly requests: readonly LoggedRequest[];
  /** TLS connections opened since the start or the last `clear`. */
  readonly connections: number;
  clear(): void;
}

/** A log, and the way to write into it. */
export interface WritableRequestLog extends RequestLog {
  /** Adds a request; the result counts bytes of its answer. */
  add(request: Omit<LoggedRequest, 'bytes'>): (bytes: number) => void;
  addConnection(): void;
}

/** An empty log. */
export function requestLog(): WritableRequestLog {
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

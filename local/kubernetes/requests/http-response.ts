/** A response with a complete body. */
export interface BodyResponse {
  readonly kind: 'json' | 'text';
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A response that streams the events of a watch. */
export interface StreamResponse {
  readonly kind: 'stream';
  /** Length of the stream, in seconds. */
  readonly timeoutSeconds: number;
  /** Sends events, one JSON line each, until the returned function is called. Calls `end` after the last event. */
  readonly start: (send: (event: object) => void, end: () => void) => () => void;
  /** The bookmark that is sent at intervals and at the end. */
  readonly bookmark: () => object | undefined;
}

export type HttpResponse = BodyResponse | StreamResponse;

/** A response with a JSON body. */
export function jsonResponse(status: number, body: object): BodyResponse {
  return { kind: 'json', status, body: JSON.stringify(body) };
}

/** A plain-text response, which the API server sends outside its resources. */
export function textResponse(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): BodyResponse {
  return { kind: 'text', status, body, headers };
}

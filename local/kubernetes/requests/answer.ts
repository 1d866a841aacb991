/** An answer with a complete body. */
export interface BodyAnswer {
  readonly kind: 'json' | 'text';
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that streams the events of a watch. */
export interface StreamAnswer {
  readonly kind: 'stream';
  /** Length of the stream, in seconds. */
  readonly timeoutSeconds: number;
  /** Sends events, one JSON line each, until the returned function is called. Calls `end` after the last event. */
  readonly start: (send: (event: object) => void, end: () => void) => () => void;
  /** The bookmark that is sent at intervals and at the end. */
  readonly bookmark: () => object | undefined;
}

export type Answer = BodyAnswer | StreamAnswer;

/** An answer with a JSON body. */
export function jsonAnswer(status: number, body: object): BodyAnswer {
  return { kind: 'json', status, body: JSON.stringify(body) };
}

/** A plain-text answer, which the API server sends outside its resources. */
export function textAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): BodyAnswer {
  return { kind: 'text', status, body, headers };
}

/** An answer that is known when it is given. */
export interface BodyAnswer {
  readonly kind: 'json' | 'text';
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that goes on: the events of a watch. */
export interface StreamAnswer {
  readonly kind: 'stream';
  /** The stream ends after so many seconds. */
  readonly timeoutSeconds: number;
  /** Sends events, each to be a line of JSON, until the result is called or nothing can follow. */
  readonly start: (send: (event: object) => void, end: () => void) => () => void;
  /** What is sent now and then, and last of all. */
  readonly bookmark: () => object | undefined;
}

export type Answer = BodyAnswer | StreamAnswer;

/** An answer with a JSON body. */
export function jsonAnswer(status: number, body: object): BodyAnswer {
  return { kind: 'json', status, body: JSON.stringify(body) };
}

/** An answer in words, as Kubernetes gives outside its resources. */
export function textAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): BodyAnswer {
  return { kind: 'text', status, body, headers };
}

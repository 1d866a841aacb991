import { Agent, fetch, type Response } from 'undici';

/** Where an API server is, and as whom it is asked. */
export interface ApiAccess {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** The requests that a kubelet makes. */
export interface ApiConnection {
  /** @throws Error when the server cannot be reached or refuses; a deletion of what is gone is no error */
  send(method: string, path: string, body?: object): Promise<unknown>;
  /** The lines of a stream, until it ends or `signal` aborts. */
  lines(path: string, signal: AbortSignal): AsyncIterable<string>;
  close(): Promise<void>;
}

/** A connection that verifies the server against its CA. */
export function connectToApi({ url, caPem, token }: ApiAccess): ApiConnection {
  const dispatcher = new Agent({ connect: { ca: caPem }, bodyTimeout: 0 });
  const headers = { authorization: `Bearer ${token}` };
  return {
    async send(method, path, body) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const response = await fetch(new URL(path, url), {
        method,
        dispatcher,
        headers: { ...headers, 'content-type': type },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.ok || response.status === 404) return JSON.parse(text);
      throw new Error(`${method} ${path} was refused with ${response.status}: ${text}`);
    },
    async *lines(path, signal) {
      const response = await fetch(new URL(path, url), { dispatcher, headers, signal });
      yield* linesOf(response);
    },
    close: () => dispatcher.destroy(),
  };
}

async function* linesOf({ body }: Response): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { ApiBody, ApiClient } from '../support/api-client.ts';

/** Tells when something first became true of objects, by the machine's clock in milliseconds since 1970. */
export interface ObjectWatch {
  /** When it became true of the object; waits for it. */
  when(namespace: string, name: string): Promise<number>;
  stop(): void;
}

/**
 * Watches objects from now on.
 *
 * @param path - of the resource, with a query
 */
export async function watchObjects(
  admin: ApiClient,
  path: string,
  isTrue: (type: string, object: ApiBody) => boolean,
): Promise<ObjectWatch> {
  const abort = new AbortController();
  const seen = new Map<string, PromiseWithResolvers<number>>();
  const at = (key: string) => {
    const known = seen.get(key) ?? Promise.withResolvers<number>();
    seen.set(key, known);
    return known;
  };
  const { body } = await admin.open('GET', `${path}&watch=true`, { signal: abort.signal });
  const lines = createInterface({ input: Readable.fromWeb(body as ReadableStream) });
  lines.on('line', (line) => {
    const now = Date.now();
    const { type, object }: { type: string; object: ApiBody } = JSON.parse(line);
    const { namespace, name } = object.metadata;
    if (isTrue(type, object)) at(`${namespace}/${name}`).resolve(now);
  });
  // Its end is the end of the benchmark.
  lines.on('error', () => undefined);
  return {
    when: (namespace, name) => at(`${namespace}/${name}`).promise,
    stop: () => abort.abort(),
  };
}

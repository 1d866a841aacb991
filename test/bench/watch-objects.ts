import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { ApiBody, ApiClient } from '../../local/api-client.ts';

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
  let resourceVersion = '';
  const open = async () => {
    const query = `watch=true&resourceVersion=${resourceVersion}`;
    const { body } = await admin.open('GET', `${path}&${query}`, { signal: abort.signal });
    return createInterface({ input: Readable.fromWeb(body as ReadableStream) });
  };
  const read = (line: string) => {
    const now = Date.now();
    const { type, object }: { type: string; object: ApiBody } = JSON.parse(line);
    const { namespace, name } = object.metadata;
    resourceVersion = object.metadata.resourceVersion;
    if (isTrue(type, object)) at(`${namespace}/${name}`).resolve(now);
  };
  const first = await open();
  const follow = async () => {
    // A server ends a watch whose reader falls behind, so the next goes on where that one ended.
    for (let lines = first; ; lines = await open()) for await (const line of lines) read(line);
  };
  follow().catch((error: unknown) => {
    if (abort.signal.aborted) return;
    for (const { reject } of seen.values()) reject(error);
  });
  return {
    when: (namespace, name) => at(`${namespace}/${name}`).promise,
    stop: () => abort.abort(),
  };
}

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { ApiBody, ApiClient } from '../../local/api-client.ts';

/** A watch that records when each object first met a condition. */
export interface ConditionWatch {
  /** Waits until the object meets the condition; returns the time of the system clock, in milliseconds since 1970. */
  met(namespace: string, name: string): Promise<number>;
  stop(): void;
}

/**
 * Starts to watch objects.
 *
 * @param path - path of the resource, with a query
 */
export async function watchCondition(
  admin: ApiClient,
  path: string,
  isMet: (type: string, object: ApiBody) => boolean,
): Promise<ConditionWatch> {
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
    if (isMet(type, object)) at(`${namespace}/${name}`).resolve(now);
  };
  const first = await open();
  const follow = async () => {
    // The server ends a watch whose reader falls behind; the next one resumes there.
    for (let lines = first; ; lines = await open()) for await (const line of lines) read(line);
  };
  follow().catch((error: unknown) => {
    if (abort.signal.aborted) return;
    for (const { reject } of seen.values()) reject(error);
  });
  return {
    met: (namespace, name) => at(`${namespace}/${name}`).promise,
    stop: () => abort.abort(),
  };
}

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ApiClient } from '../../api-client.ts';

const List = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()),
});
const InformerEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});

/** Receives the objects of a resource and their changes. */
export interface InformerHandler {
  /** Receives all objects, after each list. */
  replace(objects: readonly unknown[]): void;
  change(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: unknown): void;
}

const RETRY_PAUSE_MS = 100;

/** Lists a resource and watches it from there, and starts again when the watch ends, until `signal` aborts. */
export async function runInformer(
  api: ApiClient,
  path: string,
  handler: InformerHandler,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await listAndWatch(api, path, handler, signal);
    } catch {
      // The next list has the current objects, whatever the error was.
      if (!signal.aborted) await sleep(RETRY_PAUSE_MS);
    }
  }
}

async function listAndWatch(
  api: ApiClient,
  path: string,
  handler: InformerHandler,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, items } = List.parse((await api.send('GET', path, { signal })).body);
  handler.replace(items);
  const watchPath = `${path}?watch=true&resourceVersion=${metadata.resourceVersion}`;
  const { body } = await api.open('GET', watchPath, { signal });
  if (body === null) return;
  for await (const line of createInterface({ input: Readable.fromWeb(body) })) {
    const { type, object } = InformerEvent.parse(JSON.parse(line));
    if (type === 'ERROR') return;
    if (type !== 'BOOKMARK') handler.change(type, object);
  }
}

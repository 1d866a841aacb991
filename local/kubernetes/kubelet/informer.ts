import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ApiConnection } from './api-connection.ts';

const List = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()),
});
const WatchEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});

/** Who is told about objects. */
export interface InformerHandler {
  /** All that there are, at the start and whenever the stream of changes was lost. */
  replace(objects: readonly unknown[]): void;
  change(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: unknown): void;
}

/** How long to wait after a list or watch has failed, in milliseconds. */
const PAUSE_MILLISECONDS = 100;

/** Lists a resource and watches it from there, again and again, until `signal` aborts. */
export async function runInformer(
  api: ApiConnection,
  path: string,
  follower: InformerHandler,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await followOnce(api, path, follower, signal);
    } catch {
      // Whatever ended it: the next list says how things are.
      if (!signal.aborted) await sleep(PAUSE_MILLISECONDS);
    }
  }
}

async function followOnce(
  api: ApiConnection,
  path: string,
  follower: InformerHandler,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, items } = List.parse(await api.send('GET', path));
  follower.replace(items);
  const watch = `${path}?watch=true&resourceVersion=${metadata.resourceVersion}`;
  for await (const line of api.lines(watch, signal)) {
    const { type, object } = WatchEvent.parse(JSON.parse(line));
    if (type === 'ERROR') return;
    if (type !== 'BOOKMARK') follower.change(type, object);
  }
}

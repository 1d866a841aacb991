import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';

const Pair = z.object({
  key: z.string().transform(decode),
  value: z.string().default('').transform(decode),
  mod_revision: z.string().transform(Number),
});

/** The JSON gateway omits default values: a PUT has no type, and the first PUT of a key has no `prev_kv`. */
const Message = z.object({
  result: z.object({
    events: z
      .array(
        z.object({
          type: z.enum(['PUT', 'DELETE']).default('PUT'),
          kv: Pair,
          prev_kv: Pair.optional(),
        }),
      )
      .default([]),
  }),
});

/** A change in etcd. Revisions are increasing across all keys. */
export type EtcdEvent = z.infer<typeof Message>['result']['events'][number];

/** A watch of all keys in etcd. */
interface EtcdWatch {
  /** Waits until all earlier changes have been passed to the callback. */
  catchUp(): Promise<void>;
  stop(): void;
}

const EVERY_KEY = Buffer.from([0]).toString('base64');

/** A key that the API server does not use. Its writes mark a position in the watch. */
const MARKER_KEY = 'watch-marker';

/**
 * Watches etcd over its JSON gateway. Unlike a watch of the API, it continues while the API server is down, delivers all
 * resources in one order, and includes the previous version of an object.
 */
export async function watchEtcd(
  url: string,
  onEvent: (event: EtcdEvent) => void,
): Promise<EtcdWatch> {
  const stopping = new AbortController();
  const response = await fetch(new URL('/v3/watch', url), {
    method: 'POST',
    signal: stopping.signal,
    body: JSON.stringify({
      create_request: { key: EVERY_KEY, range_end: EVERY_KEY, prev_kv: true },
    }),
  });
  if (response.body === null) throw new Error('the watch response of etcd has no body');
  const markers = new Map<string, () => void>();
  const lines = createInterface({ input: Readable.fromWeb(response.body) });
  lines.on('line', (line) => {
    for (const event of Message.parse(JSON.parse(line)).result.events) {
      if (event.kv.key === MARKER_KEY) markers.get(event.kv.value)?.();
      else onEvent(event);
    }
  });
  lines.on('error', () => {});
  let count = 0;
  const catchUp = async () => {
    count += 1;
    const value = String(count);
    const delivered = new Promise<void>((resolve) => void markers.set(value, resolve));
    await fetch(new URL('/v3/kv/put', url), {
      method: 'POST',
      body: JSON.stringify({ key: encode(MARKER_KEY), value: encode(value) }),
    });
    await delivered;
    markers.delete(value);
  };
  return { catchUp, stop: () => stopping.abort() };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

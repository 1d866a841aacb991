import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';

const Pair = z.object({
  key: z.string().transform(decode),
  value: z.string().default('').transform(decode),
  mod_revision: z.string().transform(Number),
});

/** Etcd leaves out what has its default: a PUT has no type, the first of its key no `prev_kv`. */
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

/** One change in etcd. Revisions count all changes, of whatever key, in their order. */
export type EtcdEvent = z.infer<typeof Message>['result']['events'][number];

/** A watch of everything in an etcd. */
export interface EtcdWatch {
  /** Returns when every change that was made before has been told. */
  caughtUp(): Promise<void>;
  stop(): void;
}

const EVERY_KEY = Buffer.from([0]).toString('base64');

/** Nothing of the API server's: what is written there is only to be heard of. */
const MARK = 'mark-of-the-watch';

/**
 * Watches an etcd over its JSON gateway. It goes on while the API server is down, tells all kinds in one order, and tells what
 * an object was before it was changed or went: none of which a watch of the API does.
 */
export async function watchEtcd(
  url: string,
  onEvent: (event: EtcdEvent) => void,
): Promise<EtcdWatch> {
  const ending = new AbortController();
  const response = await fetch(new URL('/v3/watch', url), {
    method: 'POST',
    signal: ending.signal,
    body: JSON.stringify({
      create_request: { key: EVERY_KEY, range_end: EVERY_KEY, prev_kv: true },
    }),
  });
  if (response.body === null) throw new Error('etcd tells nothing');
  const marks = new Map<string, () => void>();
  const lines = createInterface({ input: Readable.fromWeb(response.body) });
  lines.on('line', (line) => {
    for (const event of Message.parse(JSON.parse(line)).result.events) {
      if (event.kv.key === MARK) marks.get(event.kv.value)?.();
      else onEvent(event);
    }
  });
  lines.on('error', () => {});
  let count = 0;
  const caughtUp = async () => {
    count += 1;
    const value = String(count);
    const told = new Promise<void>((resolve) => void marks.set(value, resolve));
    await fetch(new URL('/v3/kv/put', url), {
      method: 'POST',
      body: JSON.stringify({ key: encode(MARK), value: encode(value) }),
    });
    await told;
    marks.delete(value);
  };
  return { caughtUp, stop: () => ending.abort() };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

import { createInterface } from 'node:readline/promises';
import { Readable } from 'node:stream';
import type { ApiBody, ApiClient } from '../../../../local/api-client.ts';

/** A watch event. */
interface SeenEvent {
  readonly type: string;
  readonly object: ApiBody;
}

/** An open watch. */
interface OpenWatch {
  /** The next events, as soon as there are so many, or when the server ends the watch. */
  next(count: number): Promise<readonly SeenEvent[]>;
  close(): void;
}

/** Opens a watch, and returns when the server has responded. */
export async function openWatch(
  api: ApiClient,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenWatch> {
  const abort = new AbortController();
  const { body } = await api.open('GET', path, { headers, signal: abort.signal });
  if (!body) throw new Error(`${path} was answered without a body`);
  const lines = createInterface({ input: Readable.fromWeb(body) })[Symbol.asyncIterator]();
  return {
    async next(count) {
      const events: SeenEvent[] = [];
      while (events.length < count) {
        const { value, done } = await lines.next();
        if (done) break;
        const event: SeenEvent = JSON.parse(value);
        events.push(event);
      }
      return events;
    },
    close: () => abort.abort(),
  };
}

/** Returns watch events as `TYPE name`. */
export function summary(events: readonly SeenEvent[]): readonly string[] {
  return events.map(({ type, object }) => `${type} ${object.metadata.name}`);
}

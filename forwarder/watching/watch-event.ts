import type { ApiObject } from '../../kubernetes/lists/api-object.ts';

/** The fields of a watched object that are read. Nothing is validated: any may be missing or of another type. */
export type WatchedObject = ApiObject & {
  readonly metadata?: { readonly generation?: unknown };
  readonly status?: { readonly observedGeneration?: unknown };
};

/** An object that was added to the watched ones, or changed. */
export interface ObjectChange {
  readonly kind: 'added' | 'modified';
  readonly object: WatchedObject;
}

/** An event of a watch, reduced to what is used. */
export type ParsedEvent =
  | (ObjectChange & { readonly resourceVersion: string })
  /** An object was deleted, or no longer matches the selector. */
  | { readonly kind: 'removed'; readonly resourceVersion: string }
  /** The server reports the progress of the watch. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  /** The server ends the watch. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly message: string;
      readonly retryAfter: string | undefined;
    };

/** The fields of a line that are read. */
interface Line {
  readonly type?: string;
  readonly object?: WatchedObject & {
    readonly code?: number;
    readonly message?: string;
    readonly details?: { readonly retryAfterSeconds?: number };
  };
}

/**
 * Parses a line of a watch.
 *
 * @throws when the line is not an event
 */
export function parseWatchEvent(line: string): ParsedEvent {
  const { type, object = {} }: Line = JSON.parse(line);
  if (type === 'ERROR') {
    const seconds = object.details?.retryAfterSeconds;
    return {
      kind: 'error',
      status: Number(object.code ?? 500),
      message: String(object.message ?? 'the server gave no reason'),
      retryAfter:
        Number.isSafeInteger(seconds) && Number(seconds) > 0 ? String(seconds) : undefined,
    };
  }
  const resourceVersion = object.metadata?.resourceVersion;
  if (typeof resourceVersion !== 'string') throw new Error('no resourceVersion');
  if (type === 'ADDED') return { kind: 'added', object, resourceVersion };
  if (type === 'MODIFIED') return { kind: 'modified', object, resourceVersion };
  return { kind: type === 'BOOKMARK' ? 'bookmark' : 'removed', resourceVersion };
}

const NEWLINE = 0x0a;

/** etcd limits objects to 1.5 MB; their JSON is somewhat longer. */
const MAX_LINE_BYTES = 16_000_000;

/**
 * Returns a function that splits a stream into lines: it takes a chunk and returns the lines that the chunk completes.
 * Chunks may end anywhere, even within a character. Empty lines are omitted.
 *
 * @throws {Error} (the returned function) on a line that is longer than any event
 */
export function lineSplitter(maxBytes = MAX_LINE_BYTES): (chunk: Buffer) => string[] {
  let partial: Buffer[] = [];
  let partialBytes = 0;
  return (chunk) => {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      lines.push(Buffer.concat([...partial, chunk.subarray(from, end)]).toString());
      partial = [];
      partialBytes = 0;
      from = end + 1;
    }
    partial.push(chunk.subarray(from));
    partialBytes += chunk.length - from;
    if (partialBytes > maxBytes) throw new Error(`a line has more than ${maxBytes} bytes`);
    return lines.filter((line) => line.trim() !== '');
  };
}

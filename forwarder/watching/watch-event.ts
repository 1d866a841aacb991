import { BUDGET } from '../../contract/budgets.ts';
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

/** No event is longer: etcd limits objects to 1.5 MB, and their JSON is at most six times as long. */
const MAX_LINE_BYTES = 16_000_000;

/** Contains the name and the namespace of a pod. */
const START_BYTES = 1_024;

/** A line of a watch. */
export interface WatchLine {
  /** The line, or its start if it is too long. */
  readonly text: string;
  readonly isTooLong: boolean;
}

/**
 * Returns a function that splits a stream into lines: it takes a chunk and returns the lines that the chunk completes.
 * Chunks may end anywhere, even within a character. Empty lines are omitted. Of a line that is too long, only the start is
 * kept while it arrives.
 *
 * @param maxBytes - of a line
 * @throws {Error} (the returned function) on a line that is longer than any event
 */
export function lineSplitter(
  maxBytes: number = BUDGET.watchedObjectBytes,
): (chunk: Buffer) => WatchLine[] {
  let parts: Buffer[] = [];
  let bytes = 0;
  const append = (part: Buffer) => {
    const wasTooLong = bytes > maxBytes;
    bytes += part.length;
    if (bytes > MAX_LINE_BYTES) throw new Error(`a line has more than ${MAX_LINE_BYTES} bytes`);
    if (wasTooLong) return;
    parts.push(part);
    if (bytes > maxBytes) parts = [Buffer.concat(parts, Math.min(bytes, START_BYTES))];
  };
  const takeLine = (): WatchLine => {
    const line = { text: Buffer.concat(parts).toString(), isTooLong: bytes > maxBytes };
    parts = [];
    bytes = 0;
    return line;
  };
  return (chunk) => {
    const lines: WatchLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      append(chunk.subarray(from, end));
      lines.push(takeLine());
      from = end + 1;
    }
    append(chunk.subarray(from));
    return lines.filter(({ text }) => text.trim() !== '');
  };
}

/** The fields of a pod up to its namespace, in the order of the API server. Its owner controls only their values. */
const POD_START =
  /^\{"type":"[A-Z]+","object":\{"kind":"Pod","apiVersion":"v1","metadata":\{"name":"[^"]*",(?:"generateName":"[^"]*",)?"namespace":"([a-z0-9-]{1,63})"/;

/** Returns the namespace of the pod in the start of a line; undefined if it is another object. */
export function podNamespaceIn(start: string): string | undefined {
  return POD_START.exec(start)?.[1];
}

import type { ApiObject } from '../../kubernetes/lists/api-object.ts';

/** What is read of an object that is watched. Everything may be missing or of another type: nothing is validated. */
export type WatchedObject = ApiObject & {
  readonly metadata?: { readonly generation?: unknown };
  readonly status?: { readonly observedGeneration?: unknown };
};

/** An object that came to be among those that are watched, or changed while it was. */
export interface Sight {
  readonly kind: 'added' | 'modified';
  readonly object: WatchedObject;
}

/** A line of a watch, as far as it is of interest. */
export type WatchEvent =
  | (Sight & { readonly version: string })
  /** An object that is gone, or is no longer selected. */
  | { readonly kind: 'removed'; readonly version: string }
  /** The server says how far the watch is. */
  | { readonly kind: 'bookmark'; readonly version: string }
  /** The server ends the watch. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly message: string;
      readonly retryAfter: string | undefined;
    };

/** What is read of a line. Everything may be missing. */
interface Line {
  readonly type?: string;
  readonly object?: WatchedObject & {
    readonly code?: number;
    readonly message?: string;
    readonly details?: { readonly retryAfterSeconds?: number };
  };
}

/** @throws when the line is no event; the text of the error is not for people */
export function parseWatchEvent(text: string): WatchEvent {
  const { type, object = {} }: Line = JSON.parse(text);
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
  const version = object.metadata?.resourceVersion;
  if (typeof version !== 'string') throw new Error('no resourceVersion');
  if (type === 'ADDED') return { kind: 'added', object, version };
  if (type === 'MODIFIED') return { kind: 'modified', object, version };
  return { kind: type === 'BOOKMARK' ? 'bookmark' : 'removed', version };
}

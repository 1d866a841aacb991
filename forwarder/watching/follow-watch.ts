import { errorMessageOf } from '../../contract/errors.ts';
import { HTTP_STATUS } from '../../contract/http-status.ts';
import { SilenceError } from '../errors.ts';
import type { OpenStream, StreamedResponse } from './kubernetes-stream.ts';
import {
  lineSplitter,
  type ObjectChange,
  type ParsedEvent,
  parseWatchEvent,
  podNamespaceIn,
  type WatchLine,
} from './watch-event.ts';
import { type WatchedResource, watchPath } from './watched-resource.ts';

/**
 * Why a watch ended: `ended`, by the server after its time; `expired`, its `resourceVersion` is too old; `absent`, the
 * server does not have the resource; `refused`, any other status; `silent`, nothing arrived; `broken`, the connection
 * failed.
 */
export type WatchEndReason = 'ended' | 'expired' | 'absent' | 'refused' | 'silent' | 'broken';

/** How a watch ended, and where to resume. */
export interface WatchEnd extends Progress {
  readonly reason: WatchEndReason;
  /** The server's error status, of the response or in an event. */
  readonly status?: number;
  readonly retryAfter?: string | undefined;
  /** The error message, for the log. */
  readonly error?: string;
}

/** How far a watch got. */
interface Progress {
  /** Where to resume; undefined to start with all existing objects. */
  readonly resourceVersion: string | undefined;
  /** Whether the server accepted the watch. */
  readonly wasOpen: boolean;
  /** Whether no event arrived, not even a bookmark. */
  readonly wasQuiet: boolean;
}

export interface FollowWatchDeps {
  readonly resource: WatchedResource;
  readonly open: OpenStream;
  /** Receives each object that was added or changed; throws for one that cannot be read. */
  changed(change: ObjectChange): void;
  /** The server accepted the watch. */
  opened(): void;
  /** Data arrived. */
  received(): void;
  /** A line that is not an event, or an object that cannot be read, was skipped. */
  unreadable(): void;
  /**
   * An object that exceeds its budget was skipped.
   *
   * @param namespace - undefined if it is not known
   */
  oversized(namespace: string | undefined): void;
  readonly watchSeconds: number;
}

/** Statuses after which the watch resumes where it was: they are not about its `resourceVersion`. */
const RESUMABLE: ReadonlySet<number> = new Set([
  HTTP_STATUS.unauthorized,
  HTTP_STATUS.forbidden,
  HTTP_STATUS.tooManyRequests,
  HTTP_STATUS.serviceUnavailable,
]);

/** Follows one watch until it ends. Keeps no objects. Rejects only when the signal aborts. */
export async function followWatch(
  deps: FollowWatchDeps,
  resourceVersion: string | undefined,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const progress: Writable<Progress> = { resourceVersion, wasOpen: false, wasQuiet: true };
  try {
    const path = watchPath(deps.resource, resourceVersion, deps.watchSeconds);
    const response = await deps.open(path, signal);
    const error =
      response.status === HTTP_STATUS.ok
        ? await readEvents(deps, response, progress)
        : errorOf(response);
    return error === undefined ? { reason: 'ended', ...progress } : endedBy(error, progress);
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof SilenceError ? 'silent' : 'broken';
    const message = errorMessageOf(error);
    return { reason, ...progress, error: message };
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

type ServerError = Omit<Extract<ParsedEvent, { kind: 'error' }>, 'kind'>;

function errorOf({ status, retryAfter, discard }: StreamedResponse): ServerError {
  discard();
  return { status, retryAfter, message: `the API server answered with status ${status}` };
}

function endedBy({ status, retryAfter, message }: ServerError, progress: Progress): WatchEnd {
  return {
    ...progress,
    reason: reasonFor(status),
    resourceVersion: RESUMABLE.has(status) ? progress.resourceVersion : undefined,
    status,
    retryAfter,
    error: message,
  };
}

function reasonFor(status: number): WatchEndReason {
  if (status === HTTP_STATUS.notFound) return 'absent';
  return status === HTTP_STATUS.gone ? 'expired' : 'refused';
}

async function readEvents(
  deps: FollowWatchDeps,
  { body }: StreamedResponse,
  progress: Writable<Progress>,
): Promise<ServerError | undefined> {
  progress.wasOpen = true;
  deps.opened();
  const split = lineSplitter();
  for await (const chunk of body) {
    deps.received();
    // Synchronously, so that requests from one chunk are sent together.
    for (const line of split(chunk)) {
      const event = readLine(deps, line);
      if (event?.kind === 'error') return event;
      if (event !== undefined) handle(deps, event, progress);
    }
  }
  return undefined;
}

function readLine(deps: FollowWatchDeps, { text, isTooLong }: WatchLine): ParsedEvent | undefined {
  if (!isTooLong) return orSkip(deps, () => parseWatchEvent(text));
  deps.oversized(podNamespaceIn(text));
  return undefined;
}

function handle(
  deps: FollowWatchDeps,
  event: Exclude<ParsedEvent, { kind: 'error' }>,
  progress: Writable<Progress>,
): void {
  progress.wasQuiet = false;
  if ('object' in event) orSkip(deps, () => deps.changed(event));
  // A new watch sends existing objects in no order, so it can only be resumed after a bookmark.
  if (progress.resourceVersion !== undefined || event.kind === 'bookmark') {
    progress.resourceVersion = event.resourceVersion;
  }
}

function orSkip<T>(deps: FollowWatchDeps, read: () => T): T | undefined {
  try {
    return read();
  } catch {
    deps.unreadable();
    return undefined;
  }
}

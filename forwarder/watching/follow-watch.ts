import { SilenceError } from '../errors.ts';
import type { OpenStream, StreamedAnswer } from './kubernetes-stream.ts';
import { lineSplitter } from './split-lines.ts';
import { parseWatchEvent, type Sight, type WatchEvent } from './watch-event.ts';
import { watchPath } from './watch-path.ts';
import type { WatchSubject } from './watch-subject.ts';

/**
 * Why a watch ended: `ended` by the server in its own time, `expired` because its place is forgotten, `absent` because
 * the server has no such resource, `refused` with any other status, `silent` when nothing came, `broken` when the
 * connection failed.
 */
export type WatchEndReason = 'ended' | 'expired' | 'absent' | 'refused' | 'silent' | 'broken';

/** How a watch ended, and where the next one goes on. */
export interface WatchEnd {
  readonly reason: WatchEndReason;
  /** The place to go on from; undefined when the next watch has to begin anew. */
  readonly version: string | undefined;
  /** Whether the server agreed to it. */
  readonly wasOpen: boolean;
  /** Whether it brought no event, not even a bookmark. */
  readonly wasQuiet: boolean;
  /** Of the server's refusal, as an HTTP status or in an event. */
  readonly status?: number;
  readonly retryAfter?: string | undefined;
  /** What was said, for the log. */
  readonly error?: string;
}

export interface FollowWatchDeps {
  readonly subject: WatchSubject;
  readonly open: OpenStream;
  /** Takes each object that came or changed; throws for one that cannot be read. */
  see(sight: Sight): void;
  /** The server has agreed to the watch. */
  opened(): void;
  /** Something came: whoever waits for events is alive. */
  heard(): void;
  /** A line that is no event, or an object that cannot be read, was left out. */
  unreadable(): void;
  readonly watchSeconds: number;
}

/** The statuses that say nothing about the place: who is it, may he, too much, not now. */
const KEEPS_ITS_PLACE: ReadonlySet<number> = new Set([401, 403, 429, 503]);
const NOT_FOUND = 404;
const GONE = 410;

/** Follows one watch to its end. Keeps nothing of an object. Rejects only when the signal came. */
export async function followWatch(
  deps: FollowWatchDeps,
  from: string | undefined,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const place: Place = { version: from, wasOpen: false, wasQuiet: true };
  try {
    const answer = await deps.open(watchPath(deps.subject, from, deps.watchSeconds), signal);
    const refusal = answer.status === 200 ? await readEvents(deps, answer, place) : refused(answer);
    return refusal === undefined ? { reason: 'ended', ...place } : endedBy(refusal, place);
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof SilenceError ? 'silent' : 'broken';
    return { reason, ...place, error: textOf(error) };
  }
}

interface Place {
  version: string | undefined;
  wasQuiet: boolean;
  wasOpen: boolean;
}

type Refusal = Omit<Extract<WatchEvent, { kind: 'error' }>, 'kind'>;

function refused({ status, retryAfter, discard }: StreamedAnswer): Refusal {
  discard();
  return { status, retryAfter, message: `the API server answered with status ${status}` };
}

function endedBy({ status, retryAfter, message }: Refusal, place: Place): WatchEnd {
  return {
    reason: reasonFor(status),
    version: KEEPS_ITS_PLACE.has(status) ? place.version : undefined,
    wasOpen: place.wasOpen,
    wasQuiet: place.wasQuiet,
    status,
    retryAfter,
    error: message,
  };
}

function reasonFor(status: number): WatchEndReason {
  if (status === NOT_FOUND) return 'absent';
  return status === GONE ? 'expired' : 'refused';
}

async function readEvents(
  deps: FollowWatchDeps,
  answer: StreamedAnswer,
  place: Place,
): Promise<Refusal | undefined> {
  place.wasOpen = true;
  deps.opened();
  const split = lineSplitter();
  for await (const chunk of answer.body) {
    deps.heard();
    // All of a chunk in one go, so that what came together is sent together.
    for (const line of split(chunk)) {
      const event = readable(deps, () => parseWatchEvent(line));
      if (event?.kind === 'error') return event;
      if (event !== undefined) take(deps, event, place);
    }
  }
  return undefined;
}

function take(
  deps: FollowWatchDeps,
  event: Exclude<WatchEvent, { kind: 'error' }>,
  place: Place,
): void {
  place.wasQuiet = false;
  if ('object' in event) readable(deps, () => deps.see(event));
  // A watch from the beginning sends what is there in no order; only a bookmark says that it was all.
  if (place.version !== undefined || event.kind === 'bookmark') place.version = event.version;
}

function readable<T>(deps: FollowWatchDeps, read: () => T): T | undefined {
  try {
    return read();
  } catch {
    deps.unreadable();
    return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

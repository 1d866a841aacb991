import type { Log } from '../log.ts';
import { type PauseDeps, pause } from '../pause.ts';
import type { Trouble } from '../trouble.ts';
import { ABSENT_MILLISECONDS, type Absence } from './absence.ts';
import { type FollowWatchDeps, followWatch, type WatchEnd } from './follow-watch.ts';
import type { WatchSubject } from './watch-subject.ts';

export interface WatchObjectsDeps extends FollowWatchDeps, PauseDeps {
  /** A watch is about to begin anew, with everything that is there. */
  beginsAnew(): void;
  /** A watch ended. */
  ended(end: WatchEnd): void;
  /** The token was refused. */
  forgetToken(): void;
  readonly trouble: Trouble;
  /** Of what a cluster may be without. */
  readonly absence: Absence;
  readonly log: Log;
}

/** A watch that ends sooner is a failure, in milliseconds: to begin the next at once, again and again, would be a storm. */
const SHORTEST_WATCH_MILLISECONDS = 1_000;

/**
 * After so many watches in a row without an event the place is doubted, some five minutes. A server sends no bookmark
 * when nothing has changed since; but it also sends nothing, for as long as it takes, when the place is in its future,
 * as after a restore of etcd from a backup.
 */
const MOST_QUIET_WATCHES = 10;

const UNAUTHORIZED = 401;

/**
 * Watches a kind of object for ever: each watch goes on where the last one ended, and begins anew when the server has
 * forgotten that place. Failures are tried again with growing pauses; what the cluster may be without and is, is asked for
 * again after minutes. Resolves when the signal comes, and never rejects.
 */
export async function watchObjects(deps: WatchObjectsDeps, signal: AbortSignal): Promise<void> {
  let version: string | undefined;
  let failures = 0;
  let quiet = 0;
  while (!signal.aborted) {
    const begunAt = deps.now().getTime();
    const end = await watchOnce(deps, version, signal);
    if (end === undefined) return;
    const isLongEnough = deps.now().getTime() - begunAt >= SHORTEST_WATCH_MILLISECONDS;
    quiet = end.wasQuiet && quiet < MOST_QUIET_WATCHES ? quiet + 1 : 0;
    version = quiet < MOST_QUIET_WATCHES ? end.version : undefined;
    failures = end.wasOpen && isLongEnough ? 0 : failures + 1;
    tell(deps, end, failures);
    await pauseAfter(deps, end, failures, signal);
  }
}

/** Undefined when the signal came. */
async function watchOnce(
  deps: WatchObjectsDeps,
  version: string | undefined,
  signal: AbortSignal,
): Promise<WatchEnd | undefined> {
  if (version === undefined) deps.beginsAnew();
  const heard = () => {
    deps.heard();
    deps.trouble.end();
  };
  const opened = () => {
    deps.opened();
    deps.absence.end();
  };
  const following = followWatch({ ...deps, opened, heard }, version, signal);
  const end = await following.catch(() => undefined);
  if (end === undefined) return undefined;
  deps.ended(end);
  if (end.status === UNAUTHORIZED) deps.forgetToken();
  return end;
}

async function pauseAfter(
  deps: WatchObjectsDeps,
  end: WatchEnd,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  if (isRightlyAbsent(deps.subject, end)) return deps.sleep(ABSENT_MILLISECONDS, signal);
  // The next request asks for another place, or with another token.
  const isWorthAnother = end.reason === 'expired' || end.status === UNAUTHORIZED;
  if (failures > (isWorthAnother ? 1 : 0)) await pause(deps, failures, end.retryAfter, signal);
}

/** Whether there is nothing to watch, in a cluster that needs not have it. */
function isRightlyAbsent({ isOptional }: WatchSubject, { reason }: WatchEnd): boolean {
  return isOptional && reason === 'absent';
}

function tell(deps: WatchObjectsDeps, end: WatchEnd, failures: number): void {
  const { trouble, absence, log, subject } = deps;
  const { reason, status, error = 'the server ended the watch at once' } = end;
  if (isRightlyAbsent(subject, end)) {
    trouble.end();
    absence.begin();
  } else if (reason === 'expired') {
    log.info(`begins anew with all ${subject.what}: the API server has forgotten the place`, {});
  } else if (failures === 0) {
    trouble.end();
  } else if (failures > 1 || !end.wasOpen) {
    // That one connection breaks happens every day; that the next one does is trouble.
    const kind = status === undefined ? reason : `${reason} with ${status}`;
    trouble.begin({ reason: kind, status, error, remedy: remedyFor(subject, status) });
  }
}

function remedyFor({ resource }: WatchSubject, status: number | undefined): string {
  if (status === UNAUTHORIZED) {
    return 'check that the token of the ServiceAccount is mounted and that the ServiceAccount exists';
  }
  if (status === 403) {
    return `let the ServiceAccount list and watch ${resource} in all namespaces, as the chart does`;
  }
  if (status !== undefined)
    return 'none needed unless it lasts: the API server is busy or restarting';
  return 'none needed unless it lasts: check that the pod reaches the API server';
}

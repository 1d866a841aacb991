import { type FollowWatchDeps, followWatch, type WatchEnd } from './follow-watch.ts';
import type { Log } from './log.ts';
import { type PauseDeps, pause } from './pause.ts';
import type { Trouble } from './trouble.ts';

export interface WatchPodsDeps extends FollowWatchDeps, PauseDeps {
  /** A watch is about to begin anew, with every pod that is pending. */
  beginsAnew(): void;
  /** A watch ended. */
  ended(end: WatchEnd): void;
  /** The token was refused. */
  forgetToken(): void;
  readonly trouble: Trouble;
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
 * Watches pending pods for ever: each watch goes on where the last one ended, and begins anew when the server has
 * forgotten that place. Failures are tried again with growing pauses. Resolves when the signal comes, and never rejects.
 */
export async function watchPods(deps: WatchPodsDeps, signal: AbortSignal): Promise<void> {
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
  deps: WatchPodsDeps,
  version: string | undefined,
  signal: AbortSignal,
): Promise<WatchEnd | undefined> {
  if (version === undefined) deps.beginsAnew();
  const heard = () => {
    deps.heard();
    deps.trouble.end();
  };
  const end = await followWatch({ ...deps, heard }, version, signal).catch(() => undefined);
  if (end === undefined) return undefined;
  deps.ended(end);
  if (end.status === UNAUTHORIZED) deps.forgetToken();
  return end;
}

async function pauseAfter(
  deps: WatchPodsDeps,
  end: WatchEnd,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  // The next request asks for another place, or with another token.
  const isWorthAnother = end.reason === 'expired' || end.status === UNAUTHORIZED;
  if (failures > (isWorthAnother ? 1 : 0)) await pause(deps, failures, end.retryAfter, signal);
}

function tell({ trouble, log }: WatchPodsDeps, end: WatchEnd, failures: number): void {
  const { reason, status, error = 'the server ended the watch at once' } = end;
  if (reason === 'expired') {
    log.info('begins anew with all pending pods: the API server has forgotten the place', {});
  } else if (failures === 0) {
    trouble.end();
  } else if (failures > 1 || !end.wasOpen) {
    // That one connection breaks happens every day; that the next one does is trouble.
    const kind = status === undefined ? reason : `${reason} with ${status}`;
    trouble.begin({ reason: kind, status, error, remedy: remedyFor(status) });
  }
}

function remedyFor(status: number | undefined): string {
  if (status === UNAUTHORIZED) {
    return 'check that the token of the ServiceAccount is mounted and that the ServiceAccount exists';
  }
  if (status === 403) {
    return 'let the ServiceAccount list and watch pods in all namespaces, as the chart does';
  }
  if (status !== undefined)
    return 'none needed unless it lasts: the API server is busy or restarting';
  return 'none needed unless it lasts: check that the pod reaches the API server';
}

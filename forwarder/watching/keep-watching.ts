import { HTTP_STATUS } from '../../contract/http-status.ts';
import { type BackoffDeps, backOff } from '../backoff.ts';
import type { FailureLog } from '../failure-log.ts';
import type { Log } from '../log.ts';
import { type FollowWatchDeps, followWatch, type WatchEnd } from './follow-watch.ts';
import type { WatchedResource } from './watched-resource.ts';

export interface KeepWatchingDeps extends FollowWatchDeps, BackoffDeps {
  /** A watch starts with all existing objects. */
  relisting(): void;
  /** A watch ended. */
  ended(end: WatchEnd): void;
  /** The token was rejected. */
  invalidateToken(): void;
  readonly failureLog: FailureLog;
  readonly log: Log;
}

/** A watch that ends sooner counts as a failure: without backoff, such watches would overload the server. */
const MIN_WATCH_MS = 1_000;

/**
 * After this many consecutive watches without an event (about five minutes), the watch starts with all existing objects.
 * A server sends no bookmark while nothing changes, but it also sends nothing while the `resourceVersion` is in its
 * future, as after a restore of etcd from a backup.
 */
const MAX_QUIET_WATCHES = 10;

/**
 * How often the cluster is asked for a resource that it does not have. Meanwhile, the scheduled refresh passes find the
 * objects of one that is installed.
 */
const ABSENT_POLL_MS = 300_000;

/**
 * Watches a resource forever: each watch resumes where the last one ended, or starts with all existing objects when its
 * `resourceVersion` has expired. Failures are retried with backoff; an optional resource that the cluster does not have
 * is polled for. Resolves when the signal aborts; never rejects.
 */
export async function keepWatching(deps: KeepWatchingDeps, signal: AbortSignal): Promise<void> {
  const absence = createAbsenceLog(deps);
  let resourceVersion: string | undefined;
  let failures = 0;
  let quiet = 0;
  while (!signal.aborted) {
    const startedAt = deps.now().getTime();
    const end = await watchOnce(deps, absence, resourceVersion, signal);
    if (end === undefined) return;
    const isLongEnough = deps.now().getTime() - startedAt >= MIN_WATCH_MS;
    quiet = end.wasQuiet && quiet < MAX_QUIET_WATCHES ? quiet + 1 : 0;
    resourceVersion = quiet < MAX_QUIET_WATCHES ? end.resourceVersion : undefined;
    failures = end.wasOpen && isLongEnough ? 0 : failures + 1;
    logEnd(deps, absence, end, failures);
    await backOffAfter(deps, end, failures, signal);
  }
}

/** Undefined when the signal aborts. */
async function watchOnce(
  deps: KeepWatchingDeps,
  absence: AbsenceLog,
  resourceVersion: string | undefined,
  signal: AbortSignal,
): Promise<WatchEnd | undefined> {
  if (resourceVersion === undefined) deps.relisting();
  const received = () => {
    deps.received();
    deps.failureLog.recovered();
  };
  const opened = () => {
    deps.opened();
    absence.present();
  };
  const following = followWatch({ ...deps, opened, received }, resourceVersion, signal);
  const end = await following.catch(() => undefined);
  if (end === undefined) return undefined;
  deps.ended(end);
  if (end.status === HTTP_STATUS.unauthorized) deps.invalidateToken();
  return end;
}

async function backOffAfter(
  deps: KeepWatchingDeps,
  end: WatchEnd,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  if (isAbsentByChoice(deps.resource, end)) return deps.sleep(ABSENT_POLL_MS, signal);
  // The next request has another resourceVersion or another token, so the first one is sent at once.
  const isRepaired = end.reason === 'expired' || end.status === HTTP_STATUS.unauthorized;
  if (failures > (isRepaired ? 1 : 0)) await backOff(deps, failures, end.retryAfter, signal);
}

function isAbsentByChoice({ isOptional }: WatchedResource, { reason }: WatchEnd): boolean {
  return isOptional && reason === 'absent';
}

function logEnd(
  { failureLog, log, resource }: KeepWatchingDeps,
  absence: AbsenceLog,
  end: WatchEnd,
  failures: number,
): void {
  const { reason, status, error = 'the server ended the watch at once' } = end;
  if (isAbsentByChoice(resource, end)) {
    failureLog.recovered();
    absence.absent();
  } else if (reason === 'expired') {
    log.info(`lists all ${resource.description} again: the resourceVersion of the watch expired`);
  } else if (failures === 0) {
    failureLog.recovered();
  } else if (failures > 1 || !end.wasOpen) {
    // A single broken connection is normal.
    const kind = status === undefined ? reason : `${reason} with ${status}`;
    failureLog.failed({ reason: kind, status, error, remedy: remedyFor(resource, status) });
  }
}

function remedyFor({ resource }: WatchedResource, status: number | undefined): string {
  if (status === HTTP_STATUS.unauthorized) {
    return 'check that the ServiceAccount exists and that its token is mounted';
  }
  if (status === HTTP_STATUS.forbidden) {
    return `allow the ServiceAccount to list and watch ${resource} in all namespaces, as the chart does`;
  }
  return status === undefined
    ? 'none needed unless it persists: check that the pod can reach the API server'
    : 'none needed unless it persists: the API server is busy or restarting';
}

/** Logs once that the cluster does not have an optional resource, and once that it has it. */
interface AbsenceLog {
  absent(): void;
  present(): void;
}

function createAbsenceLog({ log, resource }: KeepWatchingDeps): AbsenceLog {
  const { description } = resource;
  const minutes = ABSENT_POLL_MS / 60_000;
  let isAbsent = false;
  return {
    absent() {
      if (isAbsent) return;
      isAbsent = true;
      log.info(
        `${description} are not watched: their CRD is not installed; checking again every ${minutes} minutes`,
      );
    },
    present() {
      if (!isAbsent) return;
      isAbsent = false;
      log.info(`${description} are watched: their CRD is installed now`);
    },
  };
}

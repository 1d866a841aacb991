import { errorMessageOf } from '../../contract/errors.ts';
import type { FailureLog } from '../../forwarder/failure-log.ts';
import type { Log } from '../../forwarder/log.ts';
import type { Lease, LeaseApi, LeaseRecord } from './lease.ts';

/**
 * Elects one leader among the processes that share a Lease, with the algorithm and times of client-go's leaderelection. Each
 * process reads the Lease every two seconds. A leader that does not renew it for 15 seconds, by the clock of the reader, is
 * replaced. A leader that cannot renew it for 10 seconds stops by itself before that. Clocks are never compared.
 */
export interface ElectionDeps {
  readonly api: LeaseApi;
  /** Identifies this process: unique among all that ever share the Lease. */
  readonly identity: string;
  /** The work of the leader. Must resolve soon after the signal aborts; never rejects. */
  lead(leadership: Leadership): Promise<void>;
  readonly log: Log;
  readonly failureLog: FailureLog;
  /** The Lease was read or written: the election makes progress. */
  progressed(): void;
  now(): Date;
  /** Milliseconds since any instant, from a clock that is never set. */
  elapsedMs(): number;
  /** Resolves after the time, or when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Returns a signal that aborts after the time. */
  timeout(milliseconds: number): AbortSignal;
}

/** The time in which a process leads. */
export interface Leadership {
  /** Aborts when it ends. */
  readonly signal: AbortSignal;
  /** Calls `renewed` after each renewal. */
  onRenewed(renewed: (lease: Lease) => void): void;
}

const LEASE_SECONDS = 15;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;

/** Takes part in the election until the signal aborts, then releases the Lease if it leads. Never rejects. */
export async function takePartInElection(deps: ElectionDeps, signal: AbortSignal): Promise<void> {
  const candidate = createCandidate(deps);
  while (!signal.aborted) {
    const lease = await attempt(deps, () => candidate.acquire(limited(deps, signal)), signal);
    if (lease === undefined) await deps.sleep(RETRY_MS, signal);
    else await leadUntilLost(deps, candidate, lease, signal);
  }
}

interface Candidate {
  /** Acquires the Lease if nobody else has it. Returns undefined if somebody does. */
  acquire(signal: AbortSignal): Promise<Lease | undefined>;
  /** Renews the Lease. Returns undefined if somebody else took it. */
  renew(lease: Lease, signal: AbortSignal): Promise<Lease | undefined>;
  release(lease: Lease, signal: AbortSignal): Promise<void>;
}

function createCandidate({ api, identity, now, elapsedMs }: ElectionDeps): Candidate {
  /** The last change of the Lease, and when it was seen. */
  let observed: { readonly record: string; readonly at: number } | undefined;

  function isHeldByOther(lease: Lease): boolean {
    const { holder, renewedAt, transitions, durationSeconds } = lease;
    const record = JSON.stringify([holder, renewedAt, transitions]);
    if (observed?.record !== record) observed = { record, at: elapsedMs() };
    // Somebody may have written anything to the Lease.
    const seconds = durationSeconds >= 1 && durationSeconds <= 60 ? durationSeconds : LEASE_SECONDS;
    const isValid = elapsedMs() - observed.at < seconds * 1_000;
    return holder !== '' && holder !== identity && isValid;
  }

  function recordAfter(lease: Lease): LeaseRecord {
    const renewedAt = now().toISOString();
    const isNew = lease.holder !== identity;
    return {
      holder: identity,
      durationSeconds: LEASE_SECONDS,
      renewedAt,
      acquiredAt: isNew ? renewedAt : lease.acquiredAt,
      transitions: isNew ? nextTransition(lease) : lease.transitions,
    };
  }

  const write = (lease: Lease, signal: AbortSignal) => api.write(lease, recordAfter(lease), signal);

  return {
    async acquire(signal) {
      const lease = await api.read(signal);
      return isHeldByOther(lease) ? undefined : write(lease, signal);
    },
    async renew(lease, signal) {
      const renewed = await write(lease, signal);
      if (renewed !== undefined) return renewed;
      // Somebody changed the Lease: a command added a request, or another process took over.
      const current = await api.read(signal);
      if (current.holder !== identity) return undefined;
      const again = await write(current, signal);
      if (again === undefined) throw new Error('the Lease was changed while it was renewed');
      return again;
    },
    async release(lease, signal) {
      const renewedAt = now().toISOString();
      // One second: others may take over at once, also those that ignore the empty holder.
      const record = { ...recordAfter(lease), holder: '', durationSeconds: 1, renewedAt };
      const released = await api.write(lease, record, signal);
      if (released !== undefined) return;
      const current = await api.read(signal);
      if (current.holder === identity) await api.write(current, record, signal);
    },
  };
}

function nextTransition({ transitions }: Lease): number {
  return Number.isSafeInteger(transitions) && transitions >= 0 ? transitions + 1 : 1;
}

async function leadUntilLost(
  deps: ElectionDeps,
  candidate: Candidate,
  acquired: Lease,
  signal: AbortSignal,
): Promise<void> {
  const { identity, log } = deps;
  const ending = new AbortController();
  const current = { lease: acquired };
  const listeners: ((lease: Lease) => void)[] = [];
  log.info('leads', { leader: identity });
  const work = deps.lead({
    signal: ending.signal,
    onRenewed: (renewed) => void listeners.push(renewed),
  });
  const lossReason = await keepRenewing(deps, candidate, acquired, signal, (renewed) => {
    current.lease = renewed;
    for (const listener of listeners) listener(renewed);
  });
  ending.abort(new Error('this process no longer leads'));
  await work;
  if (lossReason !== undefined) {
    log.warn('no longer leads', { reason: lossReason });
    return;
  }
  // After the work: nobody else starts before it has ended.
  await attempt(deps, () => candidate.release(current.lease, deps.timeout(RETRY_MS)), signal);
  log.info('released the Lease', { leader: identity });
}

/** Renews the Lease until the signal aborts. Returns why the process no longer leads before that. */
async function keepRenewing(
  deps: ElectionDeps,
  candidate: Candidate,
  acquired: Lease,
  signal: AbortSignal,
  renewed: (lease: Lease) => void,
): Promise<string | undefined> {
  let lease: Lease | 'taken' = acquired;
  let renewedAt = deps.elapsedMs();
  while (!signal.aborted) {
    await deps.sleep(RETRY_MS, signal);
    const leftMs = Math.floor(renewedAt + RENEW_DEADLINE_MS - deps.elapsedMs());
    if (signal.aborted) return undefined;
    if (leftMs <= 0) return 'the Lease could not be renewed in time';
    const last: Lease = lease;
    const renew = async () =>
      (await candidate.renew(last, limited(deps, signal, leftMs))) ?? 'taken';
    lease = (await attempt(deps, renew, signal)) ?? last;
    if (lease === 'taken') return 'another process took over';
    if (lease === last) continue;
    renewedAt = deps.elapsedMs();
    renewed(lease);
  }
  return undefined;
}

function limited(
  deps: Pick<ElectionDeps, 'timeout'>,
  signal: AbortSignal,
  leftMs = RENEW_DEADLINE_MS,
): AbortSignal {
  return AbortSignal.any([signal, deps.timeout(leftMs)]);
}

/** Returns undefined after a failure, which is logged when failures begin. */
async function attempt<T>(
  { failureLog, progressed }: ElectionDeps,
  work: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    const result = await work();
    progressed();
    failureLog.recovered();
    return result;
  } catch (error) {
    // A stopping process aborts its requests.
    if (!signal.aborted) {
      failureLog.failed({
        reason: error instanceof Error ? error.name : 'unknown',
        error: errorMessageOf(error),
        remedy:
          'none needed unless it persists: check that the pod can reach the API server, and that the chart is installed completely',
      });
    }
    return undefined;
  }
}

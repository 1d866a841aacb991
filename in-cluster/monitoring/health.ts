import type { Health } from '../../forwarder/monitoring/health.ts';

/** The health of the process, as its probes see it. */
export interface ProcessHealth extends Health {
  /** The Lease was read or written. */
  elected(): void;
  /** This process leads now, or no longer. */
  leads(isLeader: boolean): void;
  /** A refresh pass of the leader ended, with or without an error. */
  passed(): void;
}

/** An attempt of the election takes at most 12 s, and the API server may need a minute to restart. */
const READY_FOR_MS = 60_000;

/** A refresh pass ends within 50 s, and the next one starts a minute after it. */
const LIVE_FOR_MS = 240_000;

/**
 * Creates the health of a process that starts now. It is ready while it takes part in the election: also as a standby, so that
 * an update replaces the pods. It is live unless it leads and its passes do not end. API server and AWS do not count: a
 * restart would fix neither.
 */
export function createProcessHealth({ now }: { now(): Date }): ProcessHealth {
  let electedAt = Number.NEGATIVE_INFINITY;
  let passedAt: number | undefined;
  const since = (instant: number) => now().getTime() - instant;
  return {
    isLive: () => passedAt === undefined || since(passedAt) < LIVE_FOR_MS,
    isReady: () => since(electedAt) < READY_FOR_MS,
    elected() {
      electedAt = now().getTime();
    },
    leads(isLeader) {
      passedAt = isLeader ? now().getTime() : undefined;
    },
    passed() {
      if (passedAt !== undefined) passedAt = now().getTime();
    },
  };
}

/** The state that the probes query. */
export interface Health {
  /**
   * Whether the watch makes progress or is retried. Independent of the API server and AWS, as a restart would fix
   * neither.
   */
  isLive(): boolean;
  /** Whether pods are being watched, or were until a moment ago. */
  isReady(): boolean;
}

/**
 * Receives the activity of the watch of pods. The watch of AWSIAMRoles does not count: most clusters have none, and a
 * scheduled refresh pass finds what it misses within a minute.
 */
export interface WatchActivity {
  /** The server accepted a watch. */
  opened(): void;
  /** Data arrived. */
  received(): void;
  /** A watch ended, or could not start. */
  ended(): void;
}

/** A watch receives something, or is given up, within 30 s, and the backoff is at most 33 s. */
const STUCK_AFTER_MS = 180_000;

/** An API server restarts in less time. */
const READY_AFTER_END_MS = 60_000;

/** Creates the health of a watch that starts now. */
export function createHealth({ now }: { now(): Date }): Health & WatchActivity {
  let activeAt = now().getTime();
  let isOpen = false;
  let openUntil = Number.NEGATIVE_INFINITY;
  const since = (instant: number) => now().getTime() - instant;
  const received = () => {
    activeAt = now().getTime();
  };
  return {
    isLive: () => since(activeAt) < STUCK_AFTER_MS,
    isReady: () => isOpen || since(openUntil) < READY_AFTER_END_MS,
    opened() {
      received();
      isOpen = true;
    },
    received,
    ended() {
      received();
      if (isOpen) openUntil = now().getTime();
      isOpen = false;
    },
  };
}

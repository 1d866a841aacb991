/** What the probes ask. */
export interface Health {
  /** Whether the watch goes on or is tried again. It says nothing of the API server or AWS: a restart mends neither. */
  isLive(): boolean;
  /** Whether pods are being watched, or were until a moment ago. */
  isReady(): boolean;
}

/**
 * What the watch of pods says of itself. That of AWSIAMRoles does not count: most clusters have none, and what it misses
 * the tick finds within a minute.
 */
export interface HealthNotes {
  /** A watch was agreed to. */
  opened(): void;
  /** Something came. */
  heard(): void;
  /** A watch ended, or could not begin. */
  ended(): void;
}

/** A watch brings something, or is given up, within 30 s; a pause takes 33 s at most. In milliseconds. */
const STUCK_MILLISECONDS = 180_000;

/** A server that restarts is back within this; in milliseconds. */
const READY_MILLISECONDS = 60_000;

/** Makes the health of a watch that begins now. */
export function createHealth({ now }: { now(): Date }): Health & HealthNotes {
  let signOfLifeAt = now().getTime();
  let isOpen = false;
  let openUntil = Number.NEGATIVE_INFINITY;
  const since = (instant: number) => now().getTime() - instant;
  const live = () => {
    signOfLifeAt = now().getTime();
  };
  return {
    isLive: () => since(signOfLifeAt) < STUCK_MILLISECONDS,
    isReady: () => isOpen || since(openUntil) < READY_MILLISECONDS,
    opened() {
      live();
      isOpen = true;
    },
    heard: live,
    ended() {
      live();
      if (isOpen) openUntil = now().getTime();
      isOpen = false;
    },
  };
}

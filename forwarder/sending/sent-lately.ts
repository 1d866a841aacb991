/** Remembers for a while what was sent. */
export interface SentLately {
  has(key: string): boolean;
  add(key: string): void;
}

/**
 * How long, in milliseconds: the replicas of a Deployment come within seconds, and a Secret that was deleted in
 * between waits for the next tick at the most.
 */
const MEMORY_MILLISECONDS = 10_000;

/** Makes a memory that is bounded by what is sent in that time. */
export function sentLately({ now }: { now(): Date }): SentLately {
  /** In the order of time, as every key is put last. */
  const sentAt = new Map<string, number>();
  const forgetOld = () => {
    const since = now().getTime() - MEMORY_MILLISECONDS;
    for (const [key, at] of sentAt) {
      if (at > since) return;
      sentAt.delete(key);
    }
  };
  return {
    has(key) {
      forgetOld();
      return sentAt.has(key);
    },
    add(key) {
      forgetOld();
      sentAt.delete(key);
      sentAt.set(key, now().getTime());
    },
  };
}

/** Counts what happens in each namespace in the current minute. */
export interface MinuteCounter {
  /** Counts one more, and returns how many there are. */
  add(namespace: string, now: Date): number;
  countOf(namespace: string, now: Date): number;
}

/** Creates a counter. It forgets everything at the beginning of a minute, so that it needs no cleanup. */
export function createMinuteCounter(): MinuteCounter {
  let counts = new Map<string, number>();
  let minute = 0;

  function current(now: Date): Map<string, number> {
    const since = Math.floor(now.getTime() / 60_000);
    if (since !== minute) counts = new Map();
    minute = since;
    return counts;
  }

  return {
    add(namespace, now) {
      const inMinute = current(now);
      const count = (inMinute.get(namespace) ?? 0) + 1;
      inMinute.set(namespace, count);
      return count;
    },
    countOf: (namespace, now) => current(now).get(namespace) ?? 0,
  };
}

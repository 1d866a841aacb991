const WINDOW_MS = 60_000;

/** Counts something in each namespace, a minute at a time. */
export interface NamespaceRates {
  /** Counts one more. Returns how many there were within a minute, from the first one on. */
  count(namespace: string): number;
}

/** Remembers the namespaces of the last minute only. */
export function createNamespaceRates({ now }: { now(): Date }): NamespaceRates {
  /** In chronological order, because each window is added at the end. */
  const windows = new Map<string, { readonly startedAt: number; count: number }>();
  const forgetOld = (at: number) => {
    for (const [namespace, { startedAt }] of windows) {
      if (at - startedAt < WINDOW_MS) return;
      windows.delete(namespace);
    }
  };
  return {
    count(namespace) {
      const at = now().getTime();
      forgetOld(at);
      const window = windows.get(namespace) ?? { startedAt: at, count: 0 };
      windows.set(namespace, window);
      window.count += 1;
      return window.count;
    },
  };
}

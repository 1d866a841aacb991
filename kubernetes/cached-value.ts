/** An expensive value, cached until it expires or a caller invalidates it. */
export interface CachedValue<T> {
  get(): Promise<T>;
  /**
   * Discards the cached value if it still is `value`: when many requests find the same value invalid at once, it is
   * replaced once.
   */
  invalidate(value: T): void;
}

/** Caches what `load` returns. Concurrent callers share one `load`; a failure is not cached. */
export function cacheValue<T>(
  load: () => Promise<T>,
  isExpired: (value: T) => boolean = () => false,
): CachedValue<T> {
  let cached: { readonly value: T } | undefined;
  let loading: Promise<T> | undefined;

  async function loadAndCache(): Promise<T> {
    try {
      const value = await load();
      cached = { value };
      return value;
    } finally {
      loading = undefined;
    }
  }

  return {
    async get() {
      if (cached !== undefined && !isExpired(cached.value)) return cached.value;
      loading ??= loadAndCache();
      return loading;
    },
    invalidate(value) {
      if (cached?.value === value) cached = undefined;
    },
  };
}

/** Returns a value that never changes as a cached one. */
export function fixedValue<T>(value: T): CachedValue<T> {
  return { get: async () => value, invalidate() {} };
}

/** Caches what `load` returns until its `staleAt`. */
export function cacheUntilStale<T extends { readonly staleAt: Date }>(
  load: () => Promise<T>,
  now: () => Date,
): CachedValue<T> {
  return cacheValue(load, ({ staleAt }) => now() >= staleAt);
}

/**
 * Returns `load` with its promises cached, rejected ones included: it is called once for each key.
 *
 * @param keyOf - the arguments themselves, separated by spaces, when absent
 */
export function memoize<Args extends readonly unknown[], T>(
  load: (...args: Args) => Promise<T>,
  keyOf: (...args: Args) => string = (...args) => args.join(' '),
): (...args: Args) => Promise<T> {
  const promises = new Map<string, Promise<T>>();
  return (...args) => {
    const key = keyOf(...args);
    const promise = promises.get(key) ?? load(...args);
    promises.set(key, promise);
    return promise;
  };
}

/**
 * Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. The work behind `promise`
 * continues, for others who wait for it.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // After an abort nobody handles a rejection.
  promise.catch(() => {});
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** A value that is dear to get, and kept until it is stale or somebody found it wrong. */
export interface Remembered<T> {
  get(): Promise<T>;
  /**
   * Gets the value anew at the next `get`, if `wrong` is still the one that is kept: of many requests that find the
   * same value wrong at once, one has it replaced.
   */
  forget(wrong: T): void;
}

/**
 * Keeps what `load` brings until `isStale` says otherwise. All who ask at the same time share one `load`; a failure is
 * not kept.
 */
export function remember<T>(
  load: () => Promise<T>,
  isStale: (value: T) => boolean = () => false,
): Remembered<T> {
  let kept: { readonly value: T } | undefined;
  let loading: Promise<T> | undefined;

  async function loadAndKeep(): Promise<T> {
    try {
      const value = await load();
      kept = { value };
      return value;
    } finally {
      loading = undefined;
    }
  }

  return {
    async get() {
      if (kept !== undefined && !isStale(kept.value)) return kept.value;
      loading ??= loadAndKeep();
      return loading;
    },
    forget(wrong) {
      if (kept?.value === wrong) kept = undefined;
    },
  };
}

import { BUDGET } from '../contract/budgets.ts';

/** What a container remembers about objects of namespaces, for a limited number of objects. */
export interface NamespaceMemory<T> {
  get(namespace: string, key: string): T | undefined;
  /** Stores an entry as the most recent one of its namespace. */
  set(namespace: string, key: string, entry: T): void;
  delete(namespace: string, key: string): void;
  /** Returns the number of entries of a namespace. */
  countIn(namespace: string): number;
}

/** Maximum number of entries, which take a few megabytes. */
const MAX_ENTRIES = 10_000;

/**
 * Creates a memory. If a namespace has too many entries, its least recently stored one is forgotten; if all namespaces
 * together have too many, that of a namespace with more than an equal share. So no namespace makes it forget those of others.
 */
export function createNamespaceMemory<T>(): NamespaceMemory<T> {
  const namespaces = new Map<string, Map<string, T>>();
  let size = 0;

  function remove(namespace: string, key: string): void {
    const entries = namespaces.get(namespace);
    if (entries?.delete(key)) size -= 1;
    if (entries?.size === 0) namespaces.delete(namespace);
  }

  function forgetOldestOf(namespace: string): void {
    for (const key of namespaces.get(namespace)?.keys() ?? []) {
      remove(namespace, key);
      return;
    }
  }

  /** Returns a namespace with more than its share, preferably the one that is being written, so that a flood costs no search. */
  function greedy(preferred: string): string {
    const share = MAX_ENTRIES / namespaces.size;
    const isGreedy = (namespace: string) => (namespaces.get(namespace)?.size ?? 0) > share;
    if (isGreedy(preferred)) return preferred;
    for (const namespace of namespaces.keys()) if (isGreedy(namespace)) return namespace;
    return preferred;
  }

  return {
    get: (namespace, key) => namespaces.get(namespace)?.get(key),
    delete: remove,
    countIn: (namespace) => namespaces.get(namespace)?.size ?? 0,
    set(namespace, key, entry) {
      remove(namespace, key);
      const entries = namespaces.get(namespace) ?? new Map<string, T>();
      namespaces.set(namespace, entries.set(key, entry));
      size += 1;
      if (entries.size > BUDGET.rememberedPerNamespace) forgetOldestOf(namespace);
      else if (size > MAX_ENTRIES) forgetOldestOf(greedy(namespace));
    },
  };
}

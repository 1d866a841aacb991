/** Maximum number of entries, which take a few megabytes. */
const MAX_ENTRIES = 10_000;

/**
 * Inserts an entry as the most recently stored one of a container's memory, and evicts the least recently stored one if
 * there are too many.
 */
export function storeRecent<T>(entries: Map<string, T>, key: string, entry: T): void {
  entries.delete(key);
  entries.set(key, entry);
  const [oldest = key] = entries.keys();
  if (entries.size > MAX_ENTRIES) entries.delete(oldest);
}

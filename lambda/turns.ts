/** Returns a function that numbers what it is called for in each namespace, from 1. */
export function namespaceCounter(): (namespace: string) => number {
  const counts = new Map<string, number>();
  return (namespace) => {
    const count = (counts.get(namespace) ?? 0) + 1;
    counts.set(namespace, count);
    return count;
  };
}

/**
 * Numbers the items of each namespace from 0, in their order. Sorted by these turns, a namespace with many items does not
 * delay those of others.
 */
export function withTurns<T>(
  items: readonly T[],
  namespaceOf: (item: T) => string,
): readonly { readonly item: T; readonly turn: number }[] {
  const count = namespaceCounter();
  return items.map((item) => ({ item, turn: count(namespaceOf(item)) - 1 }));
}

/** Returns the items in the order of their turns, so that namespaces alternate. */
export function inTurns<T>(items: readonly T[], namespaceOf: (item: T) => string): readonly T[] {
  return withTurns(items, namespaceOf)
    .toSorted((one, other) => one.turn - other.turn)
    .map(({ item }) => item);
}

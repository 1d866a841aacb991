/**
 * Numbers the items of each namespace from 0, in their order. Sorted by these turns, a namespace with many items does not
 * delay those of others.
 */
export function withTurns<T>(
  items: readonly T[],
  namespaceOf: (item: T) => string,
): readonly { readonly item: T; readonly turn: number }[] {
  const turns = new Map<string, number>();
  return items.map((item) => {
    const namespace = namespaceOf(item);
    const turn = turns.get(namespace) ?? 0;
    turns.set(namespace, turn + 1);
    return { item, turn };
  });
}

/** Returns the items in the order of their turns, so that namespaces alternate. */
export function inTurns<T>(items: readonly T[], namespaceOf: (item: T) => string): readonly T[] {
  return withTurns(items, namespaceOf)
    .toSorted((one, other) => one.turn - other.turn)
    .map(({ item }) => item);
}

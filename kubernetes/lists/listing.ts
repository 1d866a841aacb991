/** What a list brought, and whether it brought everything. */
export interface Listing<T> {
  readonly items: readonly T[];
  /** How many objects the server sent, those that are of no interest included. */
  readonly seen: number;
  /** Why the list is not complete; absent when it is. */
  readonly failure?: Error;
  /** Where it is not complete, if that is known: what is in other namespaces arrived whole. */
  readonly incompleteIn?: ReadonlySet<string>;
}

/** Whether everything of a namespace arrived. */
export function isCompleteIn(
  { failure, incompleteIn }: Listing<unknown>,
  namespace: string,
): boolean {
  return failure === undefined || incompleteIn?.has(namespace) === false;
}

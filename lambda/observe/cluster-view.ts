/** What is read of a pod that mounts a Secret whose name begins with the prefix. */
export interface ObservedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The names with the prefix, of `secret` volumes and `projected` sources in their order, each once. Never empty. */
  readonly secretNames: readonly string[];
}

/** What is read of a namespace. */
export interface ObservedNamespace {
  readonly name: string;
  /** Whether it is being deleted; nothing can be created in it any more. */
  readonly terminating: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Secret with the managed label, as metadata: its values are never read. */
export interface ManagedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether some object owns it. */
  readonly owned: boolean;
}

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

/** The cluster as one run saw it. */
export interface ClusterView {
  readonly pods: Listing<ObservedPod>;
  readonly namespaces: Listing<ObservedNamespace>;
  readonly secrets: Listing<ManagedSecret>;
}

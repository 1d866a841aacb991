/** A Secret that a pod mounts, by a `secret` volume or a `projected` source. */
export interface MountedSecret {
  readonly name: string;
  /** Whether the pod starts without it. */
  readonly optional: boolean;
}

/** What is read of a pod that mounts a Secret whose name begins with the prefix. */
export interface ObservedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The mounted Secrets with the prefix, in the order of the volumes, each name once. Never empty. */
  readonly secrets: readonly MountedSecret[];
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
}

/** The cluster as one run saw it. */
export interface ClusterView {
  readonly pods: Listing<ObservedPod>;
  readonly namespaces: Listing<ObservedNamespace>;
  readonly secrets: Listing<ManagedSecret>;
}

/** Who made a change: the product, or any other client. */
export type Author = 'product' | 'others';

/** The fields of a Kubernetes object that the checker reads. */
export interface TrackedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid: string;
    readonly deletionTimestamp?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    readonly ownerReferences?:
      | readonly { readonly kind: string; readonly name: string; readonly uid: string }[]
      | undefined;
  };
}

/** The resource of an object; `others` stands for every resource that is not listed here. */
export type Collection = 'namespaces' | 'pods' | 'secrets' | 'awsiamroles' | 'events' | 'others';

/** An object was created, changed or deleted. */
export interface ChangeFact {
  readonly kind: 'change';
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: Collection;
  /** The object after the change; the last version of a deleted object. */
  readonly object: TrackedObject;
  /** The object before the change; absent for a new object. */
  readonly previous?: TrackedObject | undefined;
  readonly by: Author;
}

/** STS issued a session. */
export interface SessionFact {
  readonly kind: 'session';
  readonly roleArn: string;
  readonly sessionName: string;
  readonly accessKeyId: string;
  readonly expiresAt: Date;
}

/**
 * A fault begins or ends. It affects a dependency of the product: the API, STS, all invocations (`functions`), or invocations of
 * the sweep. With a role's ARN, STS denies that role. With `reliability`, some calls or invocations fail. With `punctuality`, some
 * invocations are late or duplicated, or some events are lost.
 */
export interface FaultFact {
  readonly kind: 'fault';
  readonly affected:
    | 'api'
    | 'sts'
    | 'functions'
    | 'sweeps'
    | 'reliability'
    | 'punctuality'
    | { readonly roleArn: string };
  readonly phase: 'begins' | 'ends';
}

/** The product sends a request. */
export interface CallFact {
  readonly kind: 'call';
  /** To the API or STS; `denied`: to STS, which denies the role. */
  readonly call: 'api' | 'sts' | 'denied';
  /** The namespace that it is about; absent for lists of all namespaces. */
  readonly namespace: string | undefined;
}

/** A pass, or the handling of a pod event, ended. */
export interface PassFact {
  readonly kind: 'pass';
  readonly pass: 'refresh' | 'sweep' | 'event';
  /** The number of failures and overdue renewals that page the operator if they last. */
  readonly operatorProblems: number;
  readonly outcomes: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly result: string;
    readonly reason?: string;
  }[];
}

/** Something that happened. The checker receives facts in the order in which they happened. */
export type Fact = ChangeFact | SessionFact | FaultFact | CallFact | PassFact;

/** A rule that must always hold, named after its violation. */
export type Invariant =
  | 'in-use-deleted'
  | 'in-use-marked'
  | 'removed-early'
  | 'in-use-expired'
  | 'not-issued'
  | 'foreign-changed'
  | 'wrong-session'
  | 'not-allowed'
  | 'wrong-end-state'
  | 'crashed'
  | TenantInvariant;

/** A rule about what a hostile tenant can do to others. */
export type TenantInvariant =
  | 'late-for-others'
  | 'deferred-for-others'
  | 'removed-late-for-others'
  | 'paged-by-tenant'
  | 'over-budget';

/** A violation of an invariant. */
export interface Violation {
  readonly invariant: Invariant;
  readonly at: Date;
  /** For example `shop/aws-iam-orders`. */
  readonly object: string;
  readonly explanation: string;
}

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
 * the sweep. With a role's ARN, STS denies that role. With `reliability`, some calls or invocations fail.
 */
export interface FaultFact {
  readonly kind: 'fault';
  readonly affected:
    | 'api'
    | 'sts'
    | 'functions'
    | 'sweeps'
    | 'reliability'
    | { readonly roleArn: string };
  readonly phase: 'begins' | 'ends';
}

/** Something that happened. The checker receives facts in the order in which they happened. */
export type Fact = ChangeFact | SessionFact | FaultFact;

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
  | 'crashed';

/** A violation of an invariant. */
export interface Violation {
  readonly invariant: Invariant;
  readonly at: Date;
  /** For example `shop/aws-iam-orders`. */
  readonly object: string;
  readonly explanation: string;
}

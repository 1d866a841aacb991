/** Who changed something: the product, or anybody else. */
export type Author = 'product' | 'others';

/** An object of the Kubernetes API, as far as the judge reads any. */
export interface WitnessedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid: string;
    readonly deletionTimestamp?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    readonly ownerReferences?: readonly { readonly uid: string }[] | undefined;
  };
}

/** What kind of object it is; `others` are those of no other name here. */
export type Collection = 'namespaces' | 'pods' | 'secrets' | 'awsiamroles' | 'events' | 'others';

/** An object came, was changed or went. */
export interface ChangeFact {
  readonly kind: 'change';
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: Collection;
  /** The object as it is now; of one that went, as it was last. */
  readonly object: WitnessedObject;
  /** As it was before; absent when it is new. */
  readonly previous?: WitnessedObject | undefined;
  readonly by: Author;
}

/** STS opened a session. */
export interface SessionFact {
  readonly kind: 'session';
  readonly roleArn: string;
  readonly sessionName: string;
  readonly accessKeyId: string;
  readonly expiresAt: Date;
}

/**
 * Something that the product cannot do without goes away, or is back: the API, STS, the functions or what invokes them; with
 * a role's ARN, STS denies that role. `reliability`: they are there, but some calls or runs fail.
 */
export interface TroubleFact {
  readonly kind: 'trouble';
  readonly with: 'api' | 'sts' | 'functions' | 'reliability' | { readonly roleArn: string };
  readonly phase: 'begins' | 'ends';
}

/** What happened, in the order in which it did. */
export type Fact = ChangeFact | SessionFact | TroubleFact;

/** What must never happen. */
export type Invariant =
  | 'in-use-deleted'
  | 'in-use-expired'
  | 'wanted-not-given'
  | 'foreign-touched'
  | 'crossed-namespaces'
  | 'not-allowed'
  | 'not-finished'
  | 'crashed';

/** Something that must never happen, and did. */
export interface Violation {
  readonly invariant: Invariant;
  readonly at: Date;
  /** E.g. `shop/aws-iam-orders`. */
  readonly object: string;
  readonly explanation: string;
}

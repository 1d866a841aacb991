/** The kinds of list that are read: pods, and anything else as metadata only. */
export type ListKind = 'PodList' | 'PartialObjectMetadataList';

/** What is read of a page of a list. Everything may be missing: it comes from outside and is not validated. */
export interface ListBody {
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly ApiObject[] | null;
}

/** What is read of an object. */
export interface ApiObject {
  readonly metadata?: ObjectMetadata;
  readonly spec?: { readonly volumes?: readonly PodVolume[] };
  /** Read of single pods only; lists are selected by it. */
  readonly status?: { readonly phase?: string };
}

export interface ObjectMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Present on what is being deleted; of no further meaning here. */
  readonly deletionTimestamp?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly unknown[];
}

export interface PodVolume {
  readonly secret?: { readonly secretName?: string };
  readonly projected?: {
    readonly sources?: readonly {
      readonly secret?: { readonly name?: string };
    }[];
  };
}

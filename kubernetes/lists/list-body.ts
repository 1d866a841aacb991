/** The kinds of list that are read: pods, AWSIAMRoles, and anything else as metadata only. */
export type ListKind = 'PodList' | 'AWSIAMRoleList' | 'PartialObjectMetadataList';

/** What is read of a page of a list. Everything may be missing: it comes from outside and is not validated. */
export interface ListBody {
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly ApiObject[] | null;
}

/** What is read of an object. */
export interface ApiObject {
  readonly metadata?: ObjectMetadata;
  readonly spec?: {
    readonly volumes?: readonly PodVolume[];
    /** Of an AWSIAMRole. */
    readonly roleReference?: unknown;
    readonly roleSessionDuration?: number;
  };
  readonly status?: {
    /** Read of single pods only; lists are selected by it. */
    readonly phase?: string;
    /** Of an AWSIAMRole. */
    readonly observedGeneration?: unknown;
    readonly roleARN?: unknown;
    readonly expiration?: unknown;
    readonly conditions?: unknown;
  };
}

export interface ObjectMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** RFC 3339 in UTC with whole seconds. */
  readonly creationTimestamp?: string;
  /** Present on what is being deleted; of no further meaning here. */
  readonly deletionTimestamp?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly generation?: number;
  readonly ownerReferences?: readonly { readonly uid?: string }[];
}

export interface PodVolume {
  readonly secret?: { readonly secretName?: string };
  readonly projected?: {
    readonly sources?: readonly {
      readonly secret?: { readonly name?: string };
    }[];
  };
}

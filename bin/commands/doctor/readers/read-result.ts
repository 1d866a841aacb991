/** Result of reading from AWS or the cluster as the caller. */
export type ReadResult<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  /** The caller lacks a permission, e.g. `get deployments in namespace "kube-aws-iam"`. */
  | { readonly kind: 'forbidden'; readonly permission: string }
  /** The caller has no AWS credentials, or expired ones. */
  | { readonly kind: 'no-credentials'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** A result without anything to judge. */
export type Unreadable = Exclude<ReadResult<never>, { readonly kind: 'found' | 'absent' }>;

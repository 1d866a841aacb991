import { type Finding, failed, notChecked } from './finding.ts';

/** What came of reading something: what it is, that it is not there, or why it is not known. */
export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'absent' }
  /** The caller may not. `right` says what, e.g. `get deployments in namespace "kube-aws-iam"`. */
  | { readonly kind: 'forbidden'; readonly right: string }
  /** The caller has no credentials, or none that are still good. */
  | { readonly kind: 'no-credentials'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** A reading that brought nothing to judge. */
export type Unread = Exclude<Reading<never>, { readonly kind: 'read' | 'absent' }>;

/** The finding where something could not be read: what the caller may not do is said, and never guessed. */
export function unread(reading: Unread): Finding {
  switch (reading.kind) {
    case 'forbidden':
      return notAllowed([reading.right]);
    case 'no-credentials':
      return notChecked(`AWS does not know you: ${reading.message}`, LOG_IN);
    case 'failed':
      return failed(reading.message, 'try again; if it lasts, the message says where to look');
  }
}

const LOG_IN =
  'log in to the account of the cluster (aws sso login, AWS_PROFILE or AWS_ACCESS_KEY_ID), and run doctor again';

/** The finding where the caller lacks rights. */
export function notAllowed(rights: readonly string[]): Finding {
  return notChecked(
    `you may not ${rights.join(', ')}`,
    'ask for that right; docs/command-line.md has all that doctor needs',
  );
}

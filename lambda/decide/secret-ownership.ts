import { AWSIAMROLE } from '../../contract/kubernetes/awsiamrole.ts';
import {
  AWSIAMROLE_TYPE,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  TYPE_LABEL,
} from '../../contract/kubernetes/secret.ts';
import type { OwnerReference } from '../../kubernetes/lists/api-object.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import { roleInName } from './requested-secrets.ts';

/** Whom a Secret belongs to, by its labels, its owners and its name. */
export type SecretOwnership =
  /** The pods that mount it. */
  | { readonly kind: 'pods'; readonly role: string }
  /** An AWSIAMRole of its name, existing or deleted: compare the uid with {@link isOwnedBy}. */
  | { readonly kind: 'awsIamRole' }
  /** An AWSIAMRole whose owner reference was removed, by `kubectl delete --cascade=orphan` or a restored backup. */
  | { readonly kind: 'orphan' }
  /** Another object. */
  | { readonly kind: 'other'; readonly owner: OwnerReference }
  /** Unknown: it has the product's label, but no role in its name. */
  | { readonly kind: 'nameless' }
  /** Somebody else: it does not have the product's label. */
  | { readonly kind: 'foreign' };

/** Determines whom a Secret belongs to. docs/ownership.md has the consequences. */
export function ownershipOf(secret: ManagedSecret): SecretOwnership {
  const { labels, owners, name } = secret;
  if (labels[HERITAGE_LABEL] !== HERITAGE_VALUE) return { kind: 'foreign' };
  const other = owners.find((owner) => !isAwsIamRole(owner, name));
  if (other !== undefined) return { kind: 'other', owner: other };
  if (owners.length > 0) return { kind: 'awsIamRole' };
  if (labels[TYPE_LABEL] === AWSIAMROLE_TYPE) return { kind: 'orphan' };
  const role = roleInName(name);
  return role === undefined ? { kind: 'nameless' } : { kind: 'pods', role };
}

/** An AWSIAMRole owns the Secret of its own name only. */
function isAwsIamRole({ apiVersion, kind, name }: OwnerReference, secretName: string): boolean {
  const isKind = kind === AWSIAMROLE.kind && apiVersion.startsWith(`${AWSIAMROLE.group}/`);
  return isKind && name === secretName;
}

/**
 * Returns the role of a Secret that the refresher manages for pods; undefined when the refresher may not write it for
 * them.
 */
export function roleOfPodSecret(secret: ManagedSecret): string | undefined {
  const ownership = ownershipOf(secret);
  return ownership.kind === 'pods' ? ownership.role : undefined;
}

/** Whether the Secret belongs to this AWSIAMRole, alone or with others. */
export function isOwnedBy(secret: ManagedSecret, awsIamRole: { readonly uid: string }): boolean {
  const { labels, owners } = secret;
  const isLabelled = labels[HERITAGE_LABEL] === HERITAGE_VALUE;
  return isLabelled && owners.some(({ uid }) => uid === awsIamRole.uid);
}

/** Whether an AWSIAMRole of its name takes over the Secret, which has no owner: an orphan, or that of pods. */
export function isAdoptable(secret: ManagedSecret): boolean {
  const { kind } = ownershipOf(secret);
  return kind === 'orphan' || kind === 'pods';
}

/** Whether the Secret was issued for an AWSIAMRole of its name, whether that exists or not. */
export function wasIssuedForAwsIamRole(secret: ManagedSecret): boolean {
  const { kind } = ownershipOf(secret);
  return kind === 'awsIamRole' || kind === 'orphan';
}

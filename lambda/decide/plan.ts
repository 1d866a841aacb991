import type { Listing } from '../../kubernetes/lists/listing.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ObservedNamespace } from '../observe/namespaces.ts';
import {
  createGuard,
  type Guard,
  type RefusalReason,
  type RolePolicy,
  roleArnFor,
} from './guard.ts';
import type { IgnoredMount, PodReference } from './requested-secrets.ts';

/** Which Secret something is about, and for which role. */
export interface SecretSubject {
  readonly namespace: string;
  readonly name: string;
  /** The role's name, with its path below the base; the ARN of a role elsewhere. */
  readonly role: string;
  readonly roleArn: string;
  /** How long a session of it lasts, in seconds. */
  readonly sessionSeconds: number;
  /** A pod that wants it, when one was seen in this run. */
  readonly pod?: PodReference | undefined;
  /** The AWSIAMRole that it belongs to; absent when it is for pods. */
  readonly awsIamRole?: ObservedAwsIamRole | undefined;
  /** When the credentials in it end; absent when there are none, or nothing credible says so. */
  readonly expiresAt?: Date | undefined;
  /** Whether the sessions of its role were revoked: credentials that are there are not to be kept. */
  readonly isRevoked?: true;
  /** What its annotations say of an AWSIAMRole's credentials and cannot be true. */
  readonly unreadable?: UnreadablePart | undefined;
}

/** In the words of Zalando's kube-aws-iam-controller. */
export type UnreadablePart = 'AWSIAMRole generation' | 'expiry time';

/** A Secret that is to be made. */
export interface CreateItem extends SecretSubject {
  readonly action: 'create';
}

/**
 * A Secret of ours, and what becomes of it: new credentials, nothing, the mark that nothing wants it, that mark taken
 * off, or its end.
 */
export interface ExistingItem extends SecretSubject {
  readonly action: 'renew' | 'keep' | 'mark' | 'unmark' | 'remove';
  readonly secret: ManagedSecret;
}

/** What is asked for and not given. */
export interface RefuseItem extends SecretSubject {
  readonly action: 'refuse';
  readonly reason:
    | RefusalReason
    | 'namespace-terminating'
    | 'name-taken'
    | 'role-reference-malformed';
  readonly message: string;
}

/** What this run cannot decide, or has no room for; the next one looks again. */
export interface DeferItem extends SecretSubject {
  readonly action: 'defer';
  readonly reason:
    | 'namespace-unknown'
    | 'secrets-unknown'
    | 'too-many-in-namespace'
    | 'secret-of-earlier-resource';
  readonly message: string;
}

export type PlanItem = CreateItem | ExistingItem | RefuseItem | DeferItem;

/** Set when a sweep would have marked or removed so much that a person has to say whether that is right. */
export interface RemovalBrake {
  readonly toMark: number;
  readonly toRemove: number;
  /** How many managed Secrets there are. */
  readonly managed: number;
}

/**
 * What a run is to do: each Secret that is ours, or missing and wanted, has one item; an AWSIAMRole that finds its name
 * taken by pods has one besides theirs.
 */
export interface Plan {
  readonly items: readonly PlanItem[];
  readonly ignored: readonly IgnoredMount[];
  readonly brake?: RemovalBrake;
}

/** What a run knows that is the same for all Secrets. */
export interface PlanContext {
  readonly now: Date;
  readonly refreshBeforeSeconds: number;
  /** The ARN of the role whose sessions were revoked: what there is of it is to be renewed, however long it lasts. */
  readonly revokedRoleArn?: string | undefined;
  /** What the names of roles are appended to. */
  readonly baseRoleArn: string;
  /** The ARN that a role's name stands for in a namespace. */
  readonly roleArnFor: (namespace: string, role: string) => string;
  readonly authorize: Guard;
}

/** Makes the context of a plan from the configuration and the namespaces as this run saw them. */
export function createPlanContext(
  configured: { readonly policy: RolePolicy; readonly refreshBeforeSeconds: number },
  namespaces: Listing<ObservedNamespace>,
  now: Date,
  revokedRoleArn?: string,
): PlanContext {
  const { policy, refreshBeforeSeconds } = configured;
  return {
    now,
    refreshBeforeSeconds,
    revokedRoleArn,
    baseRoleArn: policy.baseRoleArn,
    roleArnFor: (namespace, role) => roleArnFor(policy, namespace, role),
    authorize: createGuard(policy, namespaces),
  };
}

/** Says of a subject that the sessions of its role were revoked, if they were. */
export function revocationOf(
  { revokedRoleArn }: PlanContext,
  roleArn: string,
): Pick<SecretSubject, 'isRevoked'> {
  return roleArn !== '' && roleArn === revokedRoleArn ? { isRevoked: true } : {};
}

import type { Listing } from '../../kubernetes/lists/api-object.ts';
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

/** The items of a pass: one for each managed Secret, and one for each requested Secret that does not exist. */
export interface Plan {
  /** In addition, an AWSIAMRole whose name is taken by a Secret for pods has its own item. */
  readonly items: readonly PlanItem[];
  readonly ignored: readonly IgnoredMount[];
  readonly brake?: RemovalBrake;
}

export type PlanItem = CreateItem | ExistingItem | RefuseItem | DeferItem;

/** The Secret of an item or an outcome, and its role. */
export interface SecretSubject {
  readonly namespace: string;
  readonly name: string;
  /** The role's name with its path below `baseRoleArn`; the ARN if the role is not below it. */
  readonly role: string;
  readonly roleArn: string;
  /** Duration of its sessions, in seconds. */
  readonly sessionSeconds: number;
  /** A pod that requests it, if the pass observed one. */
  readonly pod?: PodReference | undefined;
  /** The AWSIAMRole that requests it; absent for a Secret that pods request. */
  readonly awsIamRole?: ObservedAwsIamRole | undefined;
  /** When its credentials expire; absent when it has none, or when its annotation is not credible. */
  readonly expiresAt?: Date | undefined;
  /** Set when the sessions of its role were revoked, so that its credentials must be replaced. */
  readonly isRevoked?: true;
  /** The annotation of an AWSIAMRole's Secret that is not credible. */
  readonly unreadable?: UnreadablePart | undefined;
}

/** The names that Zalando's kube-aws-iam-controller uses in its Events. */
export type UnreadablePart = 'AWSIAMRole generation' | 'expiry time';

/** A Secret to create. */
export interface CreateItem extends SecretSubject {
  readonly action: 'create';
}

/** A managed Secret that exists: renew its credentials, keep it, add or remove its unused mark, or remove it. */
export interface ExistingItem extends SecretSubject {
  readonly action: 'renew' | 'keep' | 'mark' | 'unmark' | 'remove';
  readonly secret: ManagedSecret;
}

/** A request that is not allowed. */
export interface RefuseItem extends SecretSubject {
  readonly action: 'refuse';
  readonly reason:
    | RefusalReason
    | 'namespace-terminating'
    | 'name-taken'
    | 'role-reference-malformed';
  readonly message: string;
}

/** A request that this pass cannot decide, or has no capacity for. The next pass plans it again. */
export interface DeferItem extends SecretSubject {
  readonly action: 'defer';
  readonly reason:
    | 'namespace-unknown'
    | 'secrets-unknown'
    | 'too-many-in-namespace'
    | 'secret-of-earlier-resource';
  readonly message: string;
}

/** Set when the brake stopped a sweep from marking and removing Secrets. It then waits for confirmation. */
export interface RemovalBrake {
  readonly toMark: number;
  readonly toRemove: number;
  /** Number of managed Secrets. */
  readonly managed: number;
}

/** What the planning of all Secrets of a pass has in common. */
export interface PlanContext {
  readonly now: Date;
  readonly refreshBeforeSeconds: number;
  /** The ARN of a role whose sessions were revoked: its credentials are renewed whenever they expire. */
  readonly revokedRoleArn?: string | undefined;
  /** The ARN prefix of role names. */
  readonly baseRoleArn: string;
  /** Returns the ARN of a role's name in a namespace. */
  readonly roleArnFor: (namespace: string, role: string) => string;
  readonly authorize: Guard;
}

/** Creates the context of a plan from the configuration and the observed namespaces. */
export function createPlanContext(
  config: { readonly policy: RolePolicy; readonly refreshBeforeSeconds: number },
  namespaces: Listing<ObservedNamespace>,
  now: Date,
  revokedRoleArn?: string,
): PlanContext {
  const { policy, refreshBeforeSeconds } = config;
  return {
    now,
    refreshBeforeSeconds,
    revokedRoleArn,
    baseRoleArn: policy.baseRoleArn,
    roleArnFor: (namespace, role) => roleArnFor(policy, namespace, role),
    authorize: createGuard(policy, namespaces),
  };
}

/** Returns `isRevoked` for a role whose sessions were revoked. */
export function revocationOf(
  { revokedRoleArn }: PlanContext,
  roleArn: string,
): Pick<SecretSubject, 'isRevoked'> {
  return roleArn !== '' && roleArn === revokedRoleArn ? { isRevoked: true } : {};
}

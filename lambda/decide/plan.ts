import type { Listing } from '../../kubernetes/lists/api-object.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ObservedNamespace } from '../observe/namespaces.ts';
import {
  createFingerprint,
  type Fingerprint,
  isComparableSession,
  type SessionConfig,
  type SessionSubject,
  sessionSettingsFor,
} from './configured-session.ts';
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
  /** In addition, an AWSIAMRole that does not get the Secret of its name, which pods use, has its own item. */
  readonly items: readonly PlanItem[];
  readonly ignored: readonly IgnoredMount[];
  /** Set when the brake holds removals back. */
  readonly brake?: RemovalBrake;
  /** Sweep only: number of Secrets in use that an earlier sweep marked as unused; 0 unless they are suspiciously many. */
  readonly wrongMarks?: number;
}

export type PlanItem = CreateItem | ExistingItem | RefuseItem | DeferItem;

/** The Secret of an item or an outcome, and its role. */
export interface SecretSubject {
  readonly namespace: string;
  readonly name: string;
  /** The role's name with its path below `baseRoleArn`; the ARN if the role is not below it. */
  readonly role: string;
  readonly roleArn: string;
  /** Duration of its sessions, in seconds, as it is requested from STS. */
  readonly sessionSeconds: number;
  /** Duration of the session of its credentials, in seconds, if the role allows no longer one. */
  readonly limitedSeconds?: number | undefined;
  /** A pod that requests it, if the pass observed one. */
  readonly pod?: PodReference | undefined;
  /** The AWSIAMRole that requests it; absent for a Secret that pods request. */
  readonly awsIamRole?: ObservedAwsIamRole | undefined;
  /** When its credentials expire; absent when it has none, or when its annotation is not credible. */
  readonly expiresAt?: Date | undefined;
  /** Set when its credentials were issued for another configuration than the current one, or for an unknown one. */
  readonly outdated?: OutdatedCredentials | undefined;
  /** Set when the sessions of its role were revoked, so that its credentials must be replaced. */
  readonly isRevoked?: true;
  /** What a person should know about the Secret although it has credentials. */
  readonly notice?: string | undefined;
  /** The annotation of an AWSIAMRole's Secret that is not credible. */
  readonly unreadable?: UnreadablePart | undefined;
}

/** Credentials of an earlier configuration. */
export interface OutdatedCredentials {
  /** Their role, as the Secret's annotation names it; for reports only, because anyone may have written it. */
  readonly roleArn: string | undefined;
}

/** The names that Zalando's kube-aws-iam-controller uses in its Events. */
export type UnreadablePart = 'AWSIAMRole generation' | 'expiry time';

/** What the namespace's annotations were when they allowed the role, as text. */
interface Granted {
  readonly grant?: string | undefined;
}

/** A Secret to create. */
export interface CreateItem extends SecretSubject, Granted {
  readonly action: 'create';
}

/** A managed Secret that exists: renew its credentials, keep it, add or remove its unused mark, or remove it. */
export interface ExistingItem extends SecretSubject, Granted {
  readonly action: 'renew' | 'keep' | 'mark' | 'unmark' | 'remove';
  readonly secret: ManagedSecret;
  /** `mark` of a Secret that is marked: the number of sweeps that have found it unused since. */
  readonly sightings?: number;
  /** The plan for the pods whose Secret an AWSIAMRole takes over. Carried out if that fails, so that they keep their role. */
  readonly otherwise?: PlanItem;
}

/** A request that is not allowed. */
export interface RefuseItem extends SecretSubject {
  readonly action: 'refuse';
  readonly reason:
    | RefusalReason
    | 'namespace-terminating'
    | 'namespace-full'
    | 'name-taken'
    | 'owned-by-another'
    | 'secret-of-earlier-resource'
    | 'awsiamrole-missing'
    | 'awsiamrole-terminating'
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
    | 'secret-of-earlier-resource'
    | 'awsiamrole-terminating';
  readonly message: string;
}

/** The removals that the brake holds back in a sweep. */
export interface RemovalBrake {
  readonly heldBack: number;
  /** Number of Secrets that sweeps may remove. */
  readonly managed: number;
  /** The earliest time at which the brake releases one of them by itself: RFC 3339 in UTC. */
  readonly until: string;
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
  /** Returns how long the sessions of a role in a namespace last, in seconds, unless an AWSIAMRole requests less. */
  readonly sessionSecondsFor: (subject: SessionSubject) => number;
  /** Whether the success of a session says something about those of all pods. */
  readonly isComparable: (subject: SecretSubject) => boolean;
  /** Returns the hash of the session request that is configured for a Secret. */
  readonly fingerprintOf: Fingerprint;
}

/** Creates the context of a plan from the configuration and the observed namespaces. */
export function createPlanContext(
  config: SessionConfig & { readonly policy: RolePolicy; readonly refreshBeforeSeconds: number },
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
    sessionSecondsFor: (subject) => sessionSettingsFor(config, subject).seconds,
    isComparable: (subject) => isComparableSession(config, subject),
    fingerprintOf: createFingerprint(config),
  };
}

/** Returns `isRevoked` for a role whose sessions were revoked. */
export function revocationOf(
  { revokedRoleArn }: PlanContext,
  roleArn: string,
): Pick<SecretSubject, 'isRevoked'> {
  return roleArn !== '' && roleArn === revokedRoleArn ? { isRevoked: true } : {};
}

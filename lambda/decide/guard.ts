import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { ALLOWED_ROLES_ANNOTATION, type NamespaceRestrictions } from '../../contract/namespace.ts';
import type { Listing } from '../../kubernetes/lists/listing.ts';
import type { ObservedNamespace } from '../observe/namespaces.ts';
import {
  type AnnotationRules,
  allowedRolesValue,
  matchGlob,
  type NamespacePermission,
  readNamespacePermission,
} from './namespace-permission.ts';

/** Who may have which role, as the stack was configured. */
export interface RolePolicy extends AnnotationRules {
  /** What a role's name is appended to; ends in `/`. */
  readonly baseRoleArn: string;
  /** ARN patterns of the roles that may be assumed. */
  readonly assumableRoles: readonly string[];
  /** ARN patterns that win over every other rule. */
  readonly deniedRoles: readonly string[];
  readonly namespaceRestrictions: NamespaceRestrictions;
  /**
   * The role of the product's own forwarder: the product's namespace has it whatever else is configured, and no other
   * namespace. Absent when the forwarder has its credentials from elsewhere.
   */
  readonly forwarderRoleArn?: string;
}

/** The ARN that a role's name stands for in a namespace. */
export function roleArnFor(policy: RolePolicy, namespace: string, role: string): string {
  const { forwarderRoleArn, baseRoleArn } = policy;
  const isForwarders =
    namespace === PRODUCT_NAMESPACE && forwarderRoleArn?.split('/').at(-1) === role;
  return isForwarders ? forwarderRoleArn : baseRoleArn + role;
}

/** What a namespace's annotation has to say to allow the role: its name below the base, or else the whole ARN. */
export function shortRoleName(baseRoleArn: string, roleArn: string): string {
  return roleArn.startsWith(baseRoleArn) ? roleArn.slice(baseRoleArn.length) : roleArn;
}

/** Why a namespace does not get a role. */
export type RefusalReason =
  | 'role-denied'
  | 'role-not-assumable'
  | 'namespace-not-annotated'
  | 'namespace-annotation-malformed'
  | 'namespace-does-not-allow';

/** Whether a namespace may have a role. `unknown` when the namespace could not be read in this run. */
export type GuardDecision =
  | {
      readonly kind: 'allowed';
      readonly roleArn: string;
      /** Whether the namespace is being deleted: what is there may be changed, and nothing can be made. */
      readonly isTerminating: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly roleArn: string;
      readonly reason: RefusalReason;
      readonly message: string;
    }
  | { readonly kind: 'unknown'; readonly roleArn: string; readonly message: string };

/** Who asks: a pod that mounts a Secret, or an AWSIAMRole. */
export type Requester = 'pod' | 'awsIamRole';

/** Judges requests and renewals alike: what is no longer allowed is no longer renewed. */
export type Guard = (namespace: string, roleArn: string, asker: Requester) => GuardDecision;

type Refusal = { readonly reason: RefusalReason; readonly message: string };

/** Makes the guard of one run from the configured policy and the namespaces as that run saw them. */
export function createGuard(policy: RolePolicy, namespaces: Listing<ObservedNamespace>): Guard {
  const byName = new Map(namespaces.items.map((namespace) => [namespace.name, namespace]));
  const permissions = new Map<string, NamespacePermission>();

  const permissionOf = (namespace: ObservedNamespace): NamespacePermission => {
    const known = permissions.get(namespace.name);
    if (known !== undefined) return known;
    const read = readNamespacePermission(namespace.annotations, policy);
    permissions.set(namespace.name, read);
    return read;
  };

  const judge: Guard = (namespaceName, roleArn, asker) => {
    const namespace = byName.get(namespaceName);
    const isForwarders = roleArn === policy.forwarderRoleArn && asker === 'pod';
    if (isForwarders && namespaceName === PRODUCT_NAMESPACE) {
      return { kind: 'allowed', roleArn, isTerminating: namespace?.terminating ?? false };
    }
    const byStack = refusalByPolicy(policy, roleArn);
    if (byStack !== undefined) return { kind: 'refused', roleArn, ...byStack };
    if (namespace === undefined) return verdictUnseen(policy, namespaceName, roleArn);
    const byNamespace = refusalByNamespace(policy, namespace, roleArn, permissionOf);
    if (byNamespace !== undefined) return { kind: 'refused', roleArn, ...byNamespace };
    return { kind: 'allowed', roleArn, isTerminating: namespace.terminating };
  };
  // A namespace's expression may take milliseconds, and thousands of AWSIAMRoles may name one role.
  const verdicts = new Map<string, GuardDecision>();
  return (namespaceName, roleArn, asker) => {
    const key = `${namespaceName} ${asker} ${roleArn}`;
    const verdict = verdicts.get(key) ?? judge(namespaceName, roleArn, asker);
    verdicts.set(key, verdict);
    return verdict;
  };
}

/** On a namespace that was not seen in this run. */
function verdictUnseen(policy: RolePolicy, namespace: string, roleArn: string): GuardDecision {
  if (policy.namespaceRestrictions === 'off') {
    return { kind: 'allowed', roleArn, isTerminating: false };
  }
  return {
    kind: 'unknown',
    roleArn,
    message: `namespace ${namespace} was not in the list of namespaces of this run`,
  };
}

function refusalByPolicy(policy: RolePolicy, roleArn: string): Refusal | undefined {
  // IAM knows no two roles whose names differ in case only, so what is denied is denied in any.
  const inAnyCase = roleArn.toLowerCase();
  const isDenied = policy.deniedRoles.some((pattern) =>
    matchGlob(pattern.toLowerCase(), inAnyCase, '?'),
  );
  if (isDenied || inAnyCase === policy.forwarderRoleArn?.toLowerCase()) {
    return {
      reason: 'role-denied',
      message: `${roleArn} is never given to pods: it belongs to this product or to CDK, or is the role of the setting assumeRole`,
    };
  }
  if (!policy.assumableRoles.some((pattern) => matchGlob(pattern, roleArn, '?'))) {
    return {
      reason: 'role-not-assumable',
      message: `${roleArn} matches no pattern of the setting assumableRoles; add one there and deploy the stack`,
    };
  }
  return undefined;
}

function refusalByNamespace(
  policy: RolePolicy,
  namespace: ObservedNamespace,
  roleArn: string,
  permissionOf: (namespace: ObservedNamespace) => NamespacePermission,
): Refusal | undefined {
  if (policy.namespaceRestrictions === 'off') return undefined;
  const permission = permissionOf(namespace);
  const role = shortRoleName(policy.baseRoleArn, roleArn);
  const value = allowedRolesValue(role, policy.allowedRolesFormat);
  switch (permission.kind) {
    case 'malformed':
      return {
        reason: 'namespace-annotation-malformed',
        message: `namespace ${namespace.name} allows no role: ${permission.message}`,
      };
    case 'unannotated':
      if (policy.namespaceRestrictions === 'annotated') return undefined;
      return {
        reason: 'namespace-not-annotated',
        message: `namespace ${namespace.name} allows no role; to allow this one: ${commandThatAllows(namespace.name, role, value)}`,
      };
    case 'annotated':
      // The annotation's text is left out on purpose: a tenant wrote it, and an administrator may paste what this says.
      return permission.allows(roleArn)
        ? undefined
        : {
            reason: 'namespace-does-not-allow',
            message:
              `namespace ${namespace.name} does not allow ${roleArn}; add ${value.slice(1, -1)} to its annotation ` +
              `${ALLOWED_ROLES_ANNOTATION}: kubectl edit namespace ${namespace.name}`,
          };
  }
}

/** What a shell takes as it stands between single quotes. A role's path may hold anything. */
const QUOTABLE = /^[\w+=,.@:/-]+$/;

function commandThatAllows(namespace: string, role: string, value: string): string {
  return QUOTABLE.test(role)
    ? `kubectl annotate namespace ${namespace} '${ALLOWED_ROLES_ANNOTATION}=${value}'`
    : `kubectl edit namespace ${namespace}, and set its annotation ${ALLOWED_ROLES_ANNOTATION}`;
}

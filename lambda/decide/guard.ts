import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import {
  ALLOWED_ROLES_ANNOTATION,
  type NamespaceRestrictions,
} from '../../contract/kubernetes/namespace.ts';
import type { Listing } from '../../kubernetes/lists/api-object.ts';
import type { ObservedNamespace } from '../observe/namespaces.ts';
import {
  type AnnotationRules,
  allowedRolesValue,
  matchGlob,
  type NamespacePermission,
  readNamespacePermission,
} from './namespace-permission.ts';

/** Which namespaces may use which roles, as the stack is configured. */
export interface RolePolicy extends AnnotationRules {
  /** ARN patterns of the roles that may be assumed. */
  readonly assumableRoles: readonly string[];
  /** ARN patterns of roles that are always denied; they override every other rule. */
  readonly deniedRoles: readonly string[];
  readonly namespaceRestrictions: NamespaceRestrictions;
  /**
   * The role of the product's own pod, the forwarder or a refresher in the cluster: the product's namespace may always use
   * it, and no other namespace ever may. Absent when that pod gets its credentials elsewhere.
   */
  readonly forwarderRoleArn?: string;
}

/** Returns the ARN of a role's name in a namespace. */
export function roleArnFor(policy: RolePolicy, namespace: string, role: string): string {
  const { forwarderRoleArn, baseRoleArn } = policy;
  const isForwarder =
    namespace === PRODUCT_NAMESPACE && forwarderRoleArn?.split('/').at(-1) === role;
  return isForwarder ? forwarderRoleArn : baseRoleArn + role;
}

/** Returns a role as annotations name it: its path and name below `baseRoleArn`, or its ARN if it is not below it. */
export function shortRoleName(baseRoleArn: string, roleArn: string): string {
  return roleArn.startsWith(baseRoleArn) ? roleArn.slice(baseRoleArn.length) : roleArn;
}

/** Why a namespace may not use a role. */
export type RefusalReason =
  | 'role-denied'
  | 'role-not-assumable'
  | 'namespace-not-annotated'
  | 'namespace-annotation-malformed'
  | 'namespace-does-not-allow';

/** Whether a namespace may use a role. `unknown` when the pass did not observe the namespace. */
export type GuardDecision =
  | {
      readonly kind: 'allowed';
      readonly roleArn: string;
      /** Whether the namespace is being deleted: existing Secrets can be renewed, but none can be created. */
      readonly isTerminating: boolean;
      /** The annotations of the namespace that allow roles, as text; absent when the decision does not depend on them. */
      readonly grant?: string;
    }
  | {
      readonly kind: 'refused';
      readonly roleArn: string;
      readonly reason: RefusalReason;
      readonly message: string;
    }
  | { readonly kind: 'unknown'; readonly roleArn: string; readonly message: string };

/** What requests a role: a pod that mounts a Secret, or an AWSIAMRole. */
export type Requester = 'pod' | 'awsIamRole';

/** Checks a request. Renewals are checked too: a role that is no longer allowed is no longer renewed. */
export type Guard = (namespace: string, roleArn: string, requester: Requester) => GuardDecision;

type Refusal = { readonly reason: RefusalReason; readonly message: string };

/** Creates the guard of one pass from the configured policy and the observed namespaces. */
export function createGuard(policy: RolePolicy, namespaces: Listing<ObservedNamespace>): Guard {
  const byName = new Map(namespaces.items.map((namespace) => [namespace.name, namespace]));
  const permissions = new Map<string, NamespacePermission>();

  const permissionOf = (namespace: ObservedNamespace): NamespacePermission => {
    const known = permissions.get(namespace.name);
    if (known !== undefined) return known;
    const permission = readNamespacePermission(namespace.annotations, policy);
    permissions.set(namespace.name, permission);
    return permission;
  };

  const decide: Guard = (namespaceName, roleArn, requester) => {
    const namespace = byName.get(namespaceName);
    const isForwarder = roleArn === policy.forwarderRoleArn && requester === 'pod';
    if (isForwarder && namespaceName === PRODUCT_NAMESPACE) {
      return { kind: 'allowed', roleArn, isTerminating: namespace?.terminating ?? false };
    }
    const byPolicy = refusalByPolicy(policy, roleArn);
    if (byPolicy !== undefined) return { kind: 'refused', roleArn, ...byPolicy };
    if (namespace === undefined) return decideUnobserved(policy, namespaceName, roleArn);
    const byNamespace = refusalByNamespace(policy, namespace, roleArn, permissionOf);
    if (byNamespace !== undefined) return { kind: 'refused', roleArn, ...byNamespace };
    const grant = grantOf(policy, namespace, permissionOf);
    return { kind: 'allowed', roleArn, isTerminating: namespace.terminating, ...grant };
  };
  // Cached: an expression may take milliseconds, and thousands of AWSIAMRoles may name the same role.
  const decisions = new Map<string, GuardDecision>();
  return (namespaceName, roleArn, requester) => {
    const key = `${namespaceName} ${requester} ${roleArn}`;
    const decision = decisions.get(key) ?? decide(namespaceName, roleArn, requester);
    decisions.set(key, decision);
    return decision;
  };
}

/** Returns the annotations that allow a role in a namespace, if annotations decide. */
function grantOf(
  { namespaceRestrictions }: RolePolicy,
  namespace: ObservedNamespace,
  permissionOf: (namespace: ObservedNamespace) => NamespacePermission,
): { readonly grant?: string } {
  if (namespaceRestrictions === 'off') return {};
  const permission = permissionOf(namespace);
  return permission.kind === 'annotated' ? { grant: permission.text } : {};
}

function decideUnobserved(policy: RolePolicy, namespace: string, roleArn: string): GuardDecision {
  if (policy.namespaceRestrictions === 'off') {
    return { kind: 'allowed', roleArn, isTerminating: false };
  }
  return {
    kind: 'unknown',
    roleArn,
    message: `namespace ${namespace} is missing from the list of namespaces of this pass`,
  };
}

function refusalByPolicy(policy: RolePolicy, roleArn: string): Refusal | undefined {
  // Ignores case: IAM allows no two roles whose names differ only in case.
  const lowerCaseArn = roleArn.toLowerCase();
  const isDenied = policy.deniedRoles.some((pattern) =>
    matchGlob(pattern.toLowerCase(), lowerCaseArn, '?'),
  );
  if (isDenied || lowerCaseArn === policy.forwarderRoleArn?.toLowerCase()) {
    return {
      reason: 'role-denied',
      message: `${roleArn} is denied to all pods: it belongs to this product or to CDK, or it is the role of the setting assumeRole`,
    };
  }
  if (!policy.assumableRoles.some((pattern) => matchGlob(pattern, roleArn, '?'))) {
    return {
      reason: 'role-not-assumable',
      message: `${roleArn} matches no pattern of the setting assumableRoles; add a pattern and deploy the stack`,
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
        message: `namespace ${namespace.name} allows no role; to allow this one: ${commandToAllow(namespace.name, role, value)}`,
      };
    case 'annotated':
      // Does not quote the annotation: a tenant wrote it, and an administrator may paste this message into a shell.
      return permission.allows(roleArn)
        ? undefined
        : {
            reason: 'namespace-does-not-allow',
            message: [
              `namespace ${namespace.name} does not allow ${roleArn}; add ${value.slice(1, -1)} to its annotation ` +
                `${ALLOWED_ROLES_ANNOTATION}: kubectl edit namespace ${namespace.name}`,
              ...permission.hintsFor(roleArn),
            ].join('. Its '),
          };
  }
}

/** Text without a special meaning between single quotes in a shell. A role's path may contain anything. */
const SHELL_SAFE = /^[\w+=,.@:/-]+$/;

function commandToAllow(namespace: string, role: string, value: string): string {
  return SHELL_SAFE.test(role)
    ? `kubectl annotate namespace ${namespace} '${ALLOWED_ROLES_ANNOTATION}=${value}'`
    : `kubectl edit namespace ${namespace}, and set its annotation ${ALLOWED_ROLES_ANNOTATION}`;
}

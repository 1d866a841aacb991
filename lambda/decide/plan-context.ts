import type { Listing } from '../../kubernetes/lists/listing.ts';
import type { ObservedNamespace } from '../observe/cluster-view.ts';
import { createGuard, type Guard, type RolePolicy, roleArnOf } from './guard.ts';
import type { SecretSubject } from './plan.ts';

/** What a run knows that is the same for all Secrets. */
export interface PlanContext {
  readonly now: Date;
  readonly refreshBeforeSeconds: number;
  /** The ARN of the role whose sessions were revoked: what there is of it is to be renewed, however long it lasts. */
  readonly revokedRoleArn?: string | undefined;
  /** What the names of roles are appended to. */
  readonly baseRoleArn: string;
  /** The ARN that a role's name stands for in a namespace. */
  readonly roleArnOf: (namespace: string, role: string) => string;
  readonly judge: Guard;
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
    roleArnOf: (namespace, role) => roleArnOf(policy, namespace, role),
    judge: createGuard(policy, namespaces),
  };
}

/** Says of a subject that the sessions of its role were revoked, if they were. */
export function revocationOf(
  { revokedRoleArn }: PlanContext,
  roleArn: string,
): Pick<SecretSubject, 'isRevoked'> {
  return roleArn !== '' && roleArn === revokedRoleArn ? { isRevoked: true } : {};
}

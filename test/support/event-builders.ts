import type { ItemOutcome } from '../../lambda/act/item-outcome.ts';
import type { PodReference } from '../../lambda/decide/requested-secrets.ts';
import type { ClusterEvent } from '../../lambda/report/events/cluster-event.ts';
import { BASE_ROLE_ARN, minutes } from './builders.ts';

/** A pod that asks. */
export function aPodReference(name = 'web', namespace = 'shop'): PodReference {
  return { namespace, name, uid: `uid-of-${name}` };
}

function subjectOf(pod: PodReference, role: string) {
  const roleArn = BASE_ROLE_ARN + role;
  const { namespace } = pod;
  return { namespace, name: `aws-iam-${role}`, role, roleArn, sessionSeconds: 3_600, pod };
}

/** A role that the pod's namespace does not allow. */
export function aRefusal(
  overrides: Partial<Extract<ItemOutcome, { result: 'refused' }>> = {},
  pod: PodReference = aPodReference(),
): ItemOutcome {
  return {
    ...subjectOf(pod, 'orders'),
    action: 'refuse',
    result: 'refused',
    reason: 'namespace-not-annotated',
    message: 'namespace shop allows no role',
    ...overrides,
  };
}

/** A role that was assumed, or a Secret that was written, in vain. */
export function aFailure(
  overrides: Partial<Extract<ItemOutcome, { result: 'failed' }>> = {},
  pod: PodReference = aPodReference(),
): ItemOutcome {
  return {
    ...subjectOf(pod, 'orders'),
    action: 'create',
    result: 'failed',
    reason: 'assume-role-denied',
    message: 'not authorized',
    ...overrides,
  };
}

/** Credentials that are there. */
export function aSuccess(
  result: 'created' | 'renewed' | 'kept' | 'unmarked' = 'created',
  pod: PodReference = aPodReference(),
): ItemOutcome {
  return { ...subjectOf(pod, 'orders'), action: 'create', result, expiresAt: minutes(60) };
}

/** What a pod is told of its Secret `aws-iam-orders`. */
export function anEvent(
  overrides: Partial<ClusterEvent> = {},
  pod = aPodReference(),
): ClusterEvent {
  return {
    regarding: { apiVersion: 'v1', kind: 'Pod', ...pod },
    secretName: 'aws-iam-orders',
    type: 'Warning',
    reason: 'RoleForbidden',
    note: 'why',
    ...overrides,
  };
}

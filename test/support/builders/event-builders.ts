import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import type { PodReference } from '../../../lambda/decide/requested-secrets.ts';
import type { ClusterEvent } from '../../../lambda/report/events/cluster-event.ts';
import { BASE_ROLE_ARN, minutes } from './builders.ts';

/** A pod that requests a Secret. */
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

/** A failed AssumeRole call or write of a Secret. */
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

/** Credentials that exist. */
export function aSuccess(
  result: 'created' | 'renewed' | 'kept' | 'unmarked' = 'created',
  pod: PodReference = aPodReference(),
): ItemOutcome {
  return { ...subjectOf(pod, 'orders'), action: 'create', result, expiresAt: minutes(60) };
}

/** The Event of a pod about its Secret `aws-iam-orders`. */
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

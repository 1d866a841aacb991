import type { DeferReason, FailureReason } from '../../lambda/act/item-outcome.ts';
import type { RefuseItem } from '../../lambda/decide/plan.ts';
import type { PassFunction } from '../functions/schedules.ts';

/** Why a Secret is not created, renewed or removed. */
export type NotIssuedReason = FailureReason | RefuseItem['reason'] | DeferReason;

/**
 * The function whose metric counts each reason: the refresh function, which runs every minute, except for reasons that only
 * a sweep pass can have. In the order of the graph: failed, refused, deferred.
 */
export const SERVICE_OF_REASON: Readonly<Record<NotIssuedReason, PassFunction>> = {
  'assume-role-denied': 'refresh',
  'intermediate-role-denied': 'refresh',
  'identity-provider-refused': 'refresh',
  'identity-token-missing': 'refresh',
  'own-credentials-expired': 'refresh',
  'sts-throttled': 'refresh',
  'sts-refused': 'refresh',
  'sts-failed': 'refresh',
  'api-refused': 'refresh',
  'secret-immutable': 'refresh',
  'api-failed': 'refresh',
  'role-denied': 'refresh',
  'role-not-assumable': 'refresh',
  'namespace-not-annotated': 'refresh',
  'namespace-annotation-malformed': 'refresh',
  'namespace-does-not-allow': 'refresh',
  'namespace-terminating': 'refresh',
  'namespace-full': 'refresh',
  'name-taken': 'refresh',
  'owned-by-another': 'refresh',
  'awsiamrole-missing': 'refresh',
  'awsiamrole-terminating': 'refresh',
  'role-reference-malformed': 'refresh',
  'namespace-unknown': 'refresh',
  'secrets-unknown': 'refresh',
  'too-many-in-namespace': 'refresh',
  'secret-of-earlier-resource': 'refresh',
  'out-of-time': 'refresh',
  'changed-meanwhile': 'refresh',
  'wanted-again': 'sweep',
  'pods-unknown': 'sweep',
};

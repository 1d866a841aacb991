import type { DeferReason, FailureReason } from '../../lambda/act/item-outcome.ts';
import type { RefuseItem } from '../../lambda/decide/plan.ts';
import type { FunctionName } from '../functions/bundle.ts';

/** Why a Secret is not made, renewed or removed. */
export type Reason = FailureReason | RefuseItem['reason'] | DeferReason;

/**
 * Every reason, and the function whose metric tells of it: the refresh, which looks every minute, but for what only a sweep
 * can find. Their order is that of the graph: what failed, what was refused, what waits.
 */
export const SERVICE_OF_REASON: Readonly<Record<Reason, FunctionName>> = {
  'assume-role-denied': 'refresh',
  'intermediate-role-denied': 'refresh',
  'sts-throttled': 'refresh',
  'sts-refused': 'refresh',
  'sts-failed': 'refresh',
  'api-refused': 'refresh',
  'api-failed': 'refresh',
  'role-denied': 'refresh',
  'role-not-assumable': 'refresh',
  'namespace-not-annotated': 'refresh',
  'namespace-annotation-malformed': 'refresh',
  'namespace-does-not-allow': 'refresh',
  'namespace-terminating': 'refresh',
  'name-taken': 'refresh',
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

import { GRACE_PERIOD_SECONDS } from '../../contract/limits.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import { countWrongMarks, holdBackMassRemoval } from './brake.ts';
import { requestsIn } from './observed-requests.ts';
import type { Plan, PlanContext, PlanItem, SecretSubject } from './plan.ts';
import { planItems } from './plan-items.ts';
import { secretKey } from './requested-secrets.ts';
import { unusedSince } from './secret-state.ts';

/**
 * Plans a sweep pass, which observes all live pods: does what a refresh does, marks unused Secrets, and removes Secrets
 * that have been unused for longer than the grace period. It marks and removes nothing when a list is incomplete, nothing in
 * a namespace of which names or objects were cut, and
 * holds back a mass removal: a view in which most Secrets are unused may be wrong. A mark alone protects nothing and harms
 * nothing, so it is set in any case: the marks are the memory from sweep to sweep.
 *
 * @param isConfirmed - overrides the brake; a person has confirmed the removals
 */
export function planSweep(context: PlanContext, observed: ClusterView, isConfirmed: boolean): Plan {
  const { now } = context;
  const { requested, view } = requestsIn(observed);
  const isComplete = view.pods.failure === undefined && view.secrets.failure === undefined;
  const items = planItems(context, view, requested, isComplete ? planUnused : undefined);
  const secrets = view.secrets.items;
  const requestedSince = ({ secret }: { readonly secret: ManagedSecret }) =>
    requested.requests.get(secretKey(secret))?.since;
  return {
    ...(isConfirmed ? { items } : holdBackMassRemoval(items, secrets, now)),
    ignored: requested.ignored,
    wrongMarks: countWrongMarks(items, secrets, requestedSince, now),
  };
}

/**
 * Plans a Secret that no pod requests: marks it, and removes it when the mark is older than the grace period. Until then
 * the refresh renews it, because a refresh cannot know that it is unused. One that a finalizer keeps is not removed again.
 */
function planUnused(context: PlanContext, secret: ManagedSecret, subject: SecretSubject): PlanItem {
  const { namespace, name, role, roleArn, sessionSeconds, limitedSeconds, expiresAt } = subject;
  const session = { sessionSeconds, limitedSeconds, expiresAt };
  const unused = { namespace, name, role, roleArn, ...session, secret };
  const since = unusedSince(secret, context.now);
  if (since === undefined) return { ...unused, action: 'mark' };
  const ageSeconds = (context.now.getTime() - since.getTime()) / 1_000;
  const isRemovable = secret.deletion === undefined && ageSeconds >= GRACE_PERIOD_SECONDS;
  return { ...unused, action: isRemovable ? 'remove' : 'keep' };
}

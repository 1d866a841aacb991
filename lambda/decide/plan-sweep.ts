import { BRAKE, GRACE_PERIOD_SECONDS } from '../../contract/limits.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import type { Plan, PlanContext, PlanItem, RemovalBrake } from './plan.ts';
import { planItems } from './plan-refresh.ts';
import { planExisting } from './plan-secret.ts';
import { collectRequestedSecrets } from './requested-secrets.ts';
import { expiryOf, roleOfPodSecret, unusedSince } from './secret-state.ts';

/**
 * Plans a sweep pass, which observes all live pods: does what a refresh does, marks unused Secrets, and removes Secrets
 * that have been unused for longer than the grace period. It marks and removes nothing when a list is incomplete, or
 * when the brake applies: a view in which most Secrets are unused is more likely wrong than right.
 *
 * @param isConfirmed - overrides the brake; a person has confirmed the removals
 */
export function planSweep(context: PlanContext, view: ClusterView, isConfirmed: boolean): Plan {
  const requested = collectRequestedSecrets(view.pods.items);
  const isComplete = view.pods.failure === undefined && view.secrets.failure === undefined;
  const items = planItems(context, view, requested, (_, secret, role, request) => {
    const item = planExisting(context, secret, role, request);
    return request === undefined && isComplete ? planUnused(context, secret, item) : item;
  });
  const brake = isConfirmed ? undefined : brakeFor(items, view.secrets.items);
  if (brake === undefined) return { items, ignored: requested.ignored };
  return { items: items.map(keepInstead), ignored: requested.ignored, brake };
}

/**
 * Plans a Secret that no pod requests: marks it, and removes it when the mark is older than the grace period. Until then
 * the refresh renews it, because a refresh cannot know that it is unused.
 */
function planUnused(context: PlanContext, secret: ManagedSecret, item: PlanItem): PlanItem {
  const { namespace, name, role, roleArn, sessionSeconds } = item;
  const expiresAt = expiryOf(secret, context.now);
  const unused = { namespace, name, role, roleArn, sessionSeconds, secret, expiresAt };
  const since = unusedSince(secret, context.now);
  if (since === undefined) return { ...unused, action: 'mark' };
  const ageSeconds = (context.now.getTime() - since.getTime()) / 1_000;
  return { ...unused, action: ageSeconds < GRACE_PERIOD_SECONDS ? 'keep' : 'remove' };
}

function brakeFor(
  items: readonly PlanItem[],
  secrets: readonly ManagedSecret[],
): RemovalBrake | undefined {
  const toMark = items.filter((item) => item.action === 'mark').length;
  const toRemove = items.filter((item) => item.action === 'remove').length;
  const managed = secrets.filter((secret) => roleOfPodSecret(secret) !== undefined).length;
  const isTooMany = toMark + toRemove > BRAKE.count && toMark + toRemove > BRAKE.share * managed;
  return isTooMany ? { toMark, toRemove, managed } : undefined;
}

function keepInstead(item: PlanItem): PlanItem {
  return item.action === 'mark' || item.action === 'remove' ? { ...item, action: 'keep' } : item;
}

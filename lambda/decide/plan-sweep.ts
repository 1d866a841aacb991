import { BRAKE, GRACE_SECONDS } from '../../contract/limits.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import type { Plan, PlanContext, PlanItem, RemovalBrake } from './plan.ts';
import { planItems } from './plan-refresh.ts';
import { planExisting } from './plan-secret.ts';
import { collectRequestedSecrets } from './requested-secrets.ts';
import { expiryOf, roleOfPodSecret, unusedSince } from './secret-state.ts';

/**
 * Plans the sweep over all live pods: what the refresh does, and besides marks what nothing wants and removes what
 * nothing has wanted for longer than the grace period. It does neither of the two when a list did not arrive whole,
 * nor when that would be more than half of all managed Secrets and more than ten: a view so different from the last
 * is more likely wrong than true.
 *
 * @param isConfirmed - a person's word that the last is right nevertheless
 */
export function planSweep(context: PlanContext, view: ClusterView, isConfirmed: boolean): Plan {
  const wanted = collectRequestedSecrets(view.pods.items);
  const isWhole = view.pods.failure === undefined && view.secrets.failure === undefined;
  const items = planItems(context, view, wanted, (_, secret, role, request) => {
    const item = planExisting(context, secret, role, request);
    return request === undefined && isWhole ? retire(context, secret, item) : item;
  });
  const brake = isConfirmed ? undefined : brakeOn(items, view.secrets.items);
  if (brake === undefined) return { items, ignored: wanted.ignored };
  return { items: items.map(spare), ignored: wanted.ignored, brake };
}

/**
 * What becomes of a Secret that no pod wants: first the mark, and its end when the mark is old enough. Until then its
 * renewal is the refresh's, which cannot know that nothing wants it.
 */
function retire(context: PlanContext, secret: ManagedSecret, item: PlanItem): PlanItem {
  const { namespace, name, role, roleArn, sessionSeconds } = item;
  const expiresAt = expiryOf(secret, context.now);
  const retired = { namespace, name, role, roleArn, sessionSeconds, secret, expiresAt };
  const since = unusedSince(secret, context.now);
  if (since === undefined) return { ...retired, action: 'mark' };
  const ageSeconds = (context.now.getTime() - since.getTime()) / 1_000;
  return { ...retired, action: ageSeconds < GRACE_SECONDS ? 'keep' : 'remove' };
}

function brakeOn(
  items: readonly PlanItem[],
  secrets: readonly ManagedSecret[],
): RemovalBrake | undefined {
  const toMark = items.filter((item) => item.action === 'mark').length;
  const toRemove = items.filter((item) => item.action === 'remove').length;
  const managed = secrets.filter((secret) => roleOfPodSecret(secret) !== undefined).length;
  const tooMany = toMark + toRemove > BRAKE.count && toMark + toRemove > BRAKE.share * managed;
  return tooMany ? { toMark, toRemove, managed } : undefined;
}

function spare(item: PlanItem): PlanItem {
  return item.action === 'mark' || item.action === 'remove' ? { ...item, action: 'keep' } : item;
}

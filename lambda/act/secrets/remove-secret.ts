import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type { Listing } from '../../../kubernetes/lists/listing.ts';
import type { ExistingItem } from '../../decide/plan.ts';
import type { ObservedPod } from '../../observe/observed-pod.ts';
import type { DeferReason, ItemOutcome } from '../item-outcome.ts';
import type { ActDeps } from './secret-api.ts';

/** Lists the live pods of a namespace, once for all removals there. */
export type PodsBeforeRemoval = (namespace: string) => Promise<Listing<ObservedPod>>;

/** Makes the last look of one run. */
export function createLastLook(deps: ActDeps, signal: AbortSignal): PodsBeforeRemoval {
  const looks = new Map<string, Promise<Listing<ObservedPod>>>();
  return (namespace) => {
    const look = looks.get(namespace) ?? deps.listPodsOf(namespace, signal);
    looks.set(namespace, look);
    return look;
  };
}

/**
 * Removes a Secret that nothing wants, after one more look at the pods of its namespace, and only as it was read: a
 * mark that was taken off, or credentials that were renewed, defeat the removal.
 *
 * @throws {KubernetesApiError} when the API refuses
 */
export async function removeSecret(
  deps: ActDeps,
  item: ExistingItem,
  lastLook: PodsBeforeRemoval,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { secret, ...subject } = item;
  const defer = (reason: DeferReason, message: string): ItemOutcome => ({
    ...subject,
    result: 'deferred',
    reason,
    message,
  });
  const pods = await lastLook(item.namespace);
  if (pods.failure !== undefined) {
    return defer('pods-unknown', 'the pods of its namespace could not be listed once more');
  }
  if (pods.items.some(({ secretNames }) => secretNames.includes(item.name))) {
    return defer('wanted-again', 'a pod wants it again');
  }
  const secrets = await deps.secretApi();
  try {
    await secrets.remove(secret, signal);
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    if (error.status === 409) {
      return defer('changed-meanwhile', 'the Secret was changed since it was read');
    }
    // Somebody else removed it: what was to be true is true.
    if (error.status !== 404) throw error;
  }
  return { ...subject, expiresAt: undefined, result: 'removed' };
}

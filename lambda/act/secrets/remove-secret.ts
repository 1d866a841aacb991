import { HTTP_STATUS } from '../../../contract/http-status.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import { isCompleteIn, type Listing } from '../../../kubernetes/lists/api-object.ts';
import type { ExistingItem } from '../../decide/plan.ts';
import { type ObservedPod, usedSecretNames } from '../../observe/pods.ts';
import { type DeferReason, type ItemOutcome, subjectOf } from '../item-outcome.ts';
import type { ActDeps } from './secret-api.ts';

/** Lists the live pods of a namespace. */
export type PodLister = (namespace: string) => Promise<Listing<ObservedPod>>;

/**
 * Removes an unused Secret, after listing the pods of its namespace again. The removal fails if the Secret has changed
 * since it was read, for example because its mark was removed or its credentials were renewed.
 *
 * @throws {KubernetesApiError} when the API rejects the removal
 */
export async function removeSecret(
  deps: ActDeps,
  item: ExistingItem,
  listPods: PodLister,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const subject = subjectOf(item);
  const defer = (reason: DeferReason, message: string): ItemOutcome => ({
    ...subject,
    result: 'deferred',
    reason,
    message,
  });
  const pods = await listPods(item.namespace);
  if (pods.failure !== undefined) {
    return defer('pods-unknown', 'the pods of its namespace could not be listed again');
  }
  if (pods.items.some((pod) => usedSecretNames(pod).includes(item.name))) {
    return defer('wanted-again', 'a pod requests it again');
  }
  if (!isCompleteIn(pods, item.namespace)) {
    return defer('pods-unknown', 'a pod uses too many Secrets to know whether this is one of them');
  }
  const secrets = await deps.secretApi();
  try {
    await secrets.remove(item.secret, signal);
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    if (error.status === HTTP_STATUS.conflict) {
      return defer('changed-meanwhile', 'the Secret has changed since it was read');
    }
    // Someone else has removed it already.
    if (error.status !== HTTP_STATUS.notFound) throw error;
  }
  return { ...subject, expiresAt: undefined, result: 'removed' };
}

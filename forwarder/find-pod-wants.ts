import type { Want } from '../lambda/contract/pod-event.ts';
import { collectRequests } from '../lambda/decide/credential-request.ts';
import type { ApiObject } from '../lambda/observe/list-body.ts';
import { observedPod } from '../lambda/observe/observed-pod.ts';

/**
 * The Secrets that a pod asks for, found by the code that the refresher uses, so that both agree on what is a wish.
 *
 * @throws when the pod cannot be read
 */
export function findWants(pod: ApiObject, seenAt: Date): readonly Want[] {
  const observed = observedPod(pod);
  if (observed === undefined) return [];
  const { requests } = collectRequests([observed]);
  return [...requests.values()]
    .filter(({ isSurplus }) => !isSurplus)
    .map(({ namespace, secretName }) => ({
      namespace,
      secret: secretName,
      pod: observed.name,
      seenAt: seenAt.toISOString(),
    }));
}

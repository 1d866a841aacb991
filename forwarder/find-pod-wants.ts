import { collectRequests } from '../lambda/decide/credential-request.ts';
import { observedPod } from '../lambda/observe/observed-pod.ts';
import type { SeenWant } from './seen-want.ts';
import type { Sight } from './watch-event.ts';

/** A pod's volumes never change, and another pod of the same Secret asks for nothing that was not asked for. */
const OCCASION = '';

/**
 * The Secrets that a pod asks for when it begins to be pending, found by the code that the refresher uses, so that both
 * agree on what is a wish.
 *
 * @throws when the pod cannot be read
 */
export function findPodWants({ kind, object }: Sight, seenAt: Date): readonly SeenWant[] {
  if (kind !== 'added') return [];
  const observed = observedPod(object);
  if (observed === undefined) return [];
  const { requests } = collectRequests([observed]);
  return [...requests.values()]
    .filter(({ isSurplus }) => !isSurplus)
    .map(({ namespace, secretName }) => ({
      want: { namespace, secret: secretName, pod: observed.name, seenAt: seenAt.toISOString() },
      occasion: OCCASION,
    }));
}

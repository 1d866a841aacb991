import { collectRequestedSecrets } from '../../lambda/decide/requested-secrets.ts';
import { observedPod } from '../../lambda/observe/pods.ts';
import type { SeenRequest } from '../sending/seen-request.ts';
import type { Sight } from './watch-event.ts';

/** A pod's volumes never change, and another pod of the same Secret asks for nothing that was not asked for. */
const OCCASION = '';

/**
 * The Secrets that a pod asks for when it begins to be pending, found by the code that the refresher uses, so that both
 * agree on what is a wish.
 *
 * @throws when the pod cannot be read
 */
export function findPodRequests({ kind, object }: Sight, seenAt: Date): readonly SeenRequest[] {
  if (kind !== 'added') return [];
  const observed = observedPod(object);
  if (observed === undefined) return [];
  const { requests } = collectRequestedSecrets([observed]);
  return [...requests.values()]
    .filter(({ isSurplus }) => !isSurplus)
    .map(({ namespace, secretName }) => ({
      request: { namespace, secret: secretName, pod: observed.name, seenAt: seenAt.toISOString() },
      occasion: OCCASION,
    }));
}

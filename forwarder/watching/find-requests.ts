import { isRecord } from '../../contract/is-record.ts';
import { identityOf } from '../../kubernetes/lists/api-object.ts';
import { collectRequestedSecrets } from '../../lambda/decide/requested-secrets.ts';
import { observedPod } from '../../lambda/observe/pods.ts';
import type { SeenRequest } from '../sending/batch.ts';
import type { ObjectChange, WatchedObject } from './watch-event.ts';

/** One for all pods: their volumes never change, and the next pod with the same Secret requests nothing new. */
const POD_CAUSE = '';

/**
 * Returns the Secrets that a pending pod requests when it is new, or when its last scheduling gate has been removed. The
 * refresher finds them with the same code, so both agree.
 *
 * @throws when the pod cannot be read
 */
export function findPodRequests(
  { kind, object }: ObjectChange,
  seenAt: Date,
): readonly SeenRequest[] {
  if (kind !== 'added' && !wasGated(object)) return [];
  const observed = observedPod(object);
  if (observed === undefined) return [];
  const { requests } = collectRequestedSecrets([observed]);
  return [...requests.values()]
    .filter(({ isForExisting }) => !isForExisting)
    .map(({ namespace, secretName }) => ({
      request: { namespace, secret: secretName, pod: observed.name, seenAt: seenAt.toISOString() },
      cause: POD_CAUSE,
    }));
}

/**
 * Whether the pod's condition still reports that it is gated. The API server sets it when a gated pod is created, and the
 * scheduler replaces it after the last gate has been removed. In between, the pod is new to the product.
 */
function wasGated({ status }: WatchedObject): boolean {
  const conditions: unknown = status?.conditions;
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => isRecord(one) && one['reason'] === 'SchedulingGated')
  );
}

/**
 * Returns the request of an AWSIAMRole that is new or whose spec changed since the refresher last processed it.
 * `metadata.generation` counts changes of the spec, but not of status or labels.
 *
 * @throws when the resource cannot be read
 */
export function findResourceRequests(
  { object }: ObjectChange,
  seenAt: Date,
): readonly SeenRequest[] {
  const { namespace, name, uid } = identityOf(object);
  const { generation, deletionTimestamp } = object.metadata ?? {};
  const isProcessed = generation === object.status?.observedGeneration;
  // A deletion increments the generation too, but requests nothing.
  if (isProcessed || deletionTimestamp !== undefined) return [];
  return [
    {
      request: { namespace, awsIamRole: name, seenAt: seenAt.toISOString() },
      cause: `${uid}/${generation}`,
    },
  ];
}

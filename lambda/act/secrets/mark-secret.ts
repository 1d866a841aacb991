import { formatInstant } from '../../../contract/format-instant.ts';
import {
  UNUSED_SIGHTINGS_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import type { ExistingItem } from '../../decide/plan.ts';
import { roleOfPodSecret } from '../../decide/secret-ownership.ts';
import type { ItemOutcome } from '../item-outcome.ts';
import { type ActDeps, isWriteConflict } from './secret-api.ts';

/**
 * Adds or removes the unused mark of a Secret, or counts in it that another sweep found it unused. After a conflict, adding is
 * deferred to the next sweep; removing is repeated, because the mark would let a Secret in use be removed.
 *
 * @throws {KubernetesApiError} when the API rejects the write
 */
export async function markSecret(
  deps: ActDeps,
  item: ExistingItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { secret, sightings, ...subject } = item;
  const isMark = item.action === 'mark';
  const changes = {
    annotations:
      sightings === undefined
        ? {
            [UNUSED_SINCE_ANNOTATION]: isMark ? formatInstant(deps.now()) : null,
            [UNUSED_SIGHTINGS_ANNOTATION]: null,
          }
        : { [UNUSED_SIGHTINGS_ANNOTATION]: `${sightings}` },
  };
  const secrets = await deps.secretApi();
  const result = sightings === undefined ? (isMark ? 'marked' : 'unmarked') : 'kept';
  try {
    await secrets.change(secret, changes, signal);
    return { ...subject, result };
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
  }
  const existing = isMark ? undefined : await deps.findSecret(item.namespace, item.name, signal);
  if (existing !== undefined && roleOfPodSecret(existing) !== undefined) {
    await secrets.change(existing, changes, signal);
    return { ...subject, result };
  }
  return {
    ...subject,
    result: 'deferred',
    reason: 'changed-meanwhile',
    message: 'the Secret has changed since it was read',
  };
}

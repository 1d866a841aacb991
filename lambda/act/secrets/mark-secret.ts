import { formatInstant } from '../../../contract/format-instant.ts';
import {
  UNUSED_SIGHTINGS_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import type { ExistingItem } from '../../decide/plan.ts';
import { roleOfPodSecret } from '../../decide/secret-ownership.ts';
import { type ItemOutcome, subjectOf } from '../item-outcome.ts';
import { type ActDeps, isWriteConflict } from './secret-api.ts';

/**
 * Adds or removes the unused mark of a Secret, or counts in it that another sweep found it unused. After a conflict,
 * adding is deferred to the next sweep; removing is repeated, because the mark would let a Secret in use be removed.
 *
 * @throws {KubernetesApiError} when the API rejects the write
 */
export async function markSecret(
  deps: ActDeps,
  item: ExistingItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const subject = subjectOf(item);
  const { result, annotations } = changeOf(item, deps.now());
  const secrets = await deps.secretApi();
  try {
    await secrets.change(item.secret, { annotations }, signal);
    return { ...subject, result };
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
  }
  const existing =
    item.action === 'unmark' ? await deps.findSecret(item.namespace, item.name, signal) : undefined;
  if (existing !== undefined && roleOfPodSecret(existing) !== undefined) {
    await secrets.change(existing, { annotations }, signal);
    return { ...subject, result };
  }
  return {
    ...subject,
    result: 'deferred',
    reason: 'changed-meanwhile',
    message: 'the Secret has changed since it was read',
  };
}

function changeOf({ action, sightings }: ExistingItem, now: Date) {
  if (sightings !== undefined) {
    return {
      result: 'kept',
      annotations: { [UNUSED_SIGHTINGS_ANNOTATION]: `${sightings}` },
    } as const;
  }
  const isMark = action === 'mark';
  return {
    result: isMark ? 'marked' : 'unmarked',
    annotations: {
      [UNUSED_SINCE_ANNOTATION]: isMark ? formatInstant(now) : null,
      [UNUSED_SIGHTINGS_ANNOTATION]: null,
    },
  } as const;
}

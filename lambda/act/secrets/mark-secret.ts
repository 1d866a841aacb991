import { formatInstant } from '../../../contract/format-instant.ts';
import { UNUSED_SINCE_ANNOTATION } from '../../../contract/secret.ts';
import type { ExistingItem } from '../../decide/plan.ts';
import { roleOfPodSecret } from '../../decide/secret-state.ts';
import type { ItemOutcome } from '../item-outcome.ts';
import { type ActDeps, isWriteConflict } from './secret-api.ts';

/**
 * Writes or takes off the mark of a Secret that nothing wants. A Secret that changed meanwhile is marked in the next
 * sweep; the mark is taken off at once all the same, since that is what keeps a Secret in use.
 *
 * @throws {KubernetesApiError} when the API refuses
 */
export async function markSecret(
  deps: ActDeps,
  item: ExistingItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { secret, ...subject } = item;
  const isMark = item.action === 'mark';
  const mark = isMark ? formatInstant(deps.now()) : null;
  const changes = { annotations: { [UNUSED_SINCE_ANNOTATION]: mark } };
  const secrets = await deps.secretApi();
  const result = isMark ? 'marked' : 'unmarked';
  try {
    await secrets.change(secret, changes, signal);
    return { ...subject, result };
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
  }
  const present = isMark ? undefined : await deps.findSecret(item.namespace, item.name, signal);
  if (present !== undefined && roleOfPodSecret(present) !== undefined) {
    await secrets.change(present, changes, signal);
    return { ...subject, result };
  }
  return {
    ...subject,
    result: 'deferred',
    reason: 'changed-meanwhile',
    message: 'the Secret was changed since it was read',
  };
}

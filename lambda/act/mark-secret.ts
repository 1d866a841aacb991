import { UNUSED_SINCE_ANNOTATION } from '../contract/secret.ts';
import type { MarkItem } from '../decide/plan.ts';
import { roleOfOwnSecret } from '../decide/secret-state.ts';
import { KubernetesApiError } from '../errors.ts';
import type { ActDeps } from './act-deps.ts';
import type { ItemOutcome } from './item-outcome.ts';
import { formatInstant } from './render-secret.ts';

/**
 * Writes or takes off the mark of a Secret that nothing wants. A Secret that changed meanwhile is marked in the next
 * sweep; the mark is taken off at once all the same, since that is what keeps a Secret in use.
 *
 * @throws {KubernetesApiError} when the API refuses
 */
export async function markSecret(
  deps: ActDeps,
  item: MarkItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { secret, action, ...subject } = item;
  const mark = action === 'mark' ? formatInstant(deps.now()) : null;
  const changes = { annotations: { [UNUSED_SINCE_ANNOTATION]: mark } };
  const secrets = await deps.secretApi();
  const result = action === 'mark' ? 'marked' : 'unmarked';
  try {
    await secrets.change(secret, changes, signal);
    return { ...subject, action, result };
  } catch (error) {
    if (!(error instanceof KubernetesApiError) || error.status !== 409) throw error;
  }
  const present =
    action === 'unmark' ? await deps.findSecret(item.namespace, item.name, signal) : undefined;
  if (present !== undefined && roleOfOwnSecret(present) !== undefined) {
    await secrets.change(present, changes, signal);
    return { ...subject, action, result };
  }
  return {
    ...subject,
    action,
    result: 'deferred',
    reason: 'changed-meanwhile',
    message: 'the Secret was changed since it was read',
  };
}

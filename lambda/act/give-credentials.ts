import { UNUSED_SINCE_ANNOTATION } from '../contract/secret.ts';
import type { CreateItem, RenewItem } from '../decide/plan.ts';
import { expiryOf, renewalDueAt, roleOfOwnSecret } from '../decide/secret-state.ts';
import { KubernetesApiError } from '../errors.ts';
import type { ManagedSecret } from '../observe/cluster-view.ts';
import type { ActDeps } from './act-deps.ts';
import type { ItemOutcome } from './item-outcome.ts';
import { renderSecret, type SecretContent } from './render-secret.ts';
import type { SecretApi } from './secret-api.ts';

/** New credentials on their way into a Secret. */
interface Delivery {
  readonly item: CreateItem | RenewItem;
  readonly content: SecretContent;
  readonly expiresAt: Date;
}

/**
 * Opens a session and writes it into the item's Secret: a new one by POST, an existing one only as it was read. A
 * write that finds somebody else was faster looks again, once, and keeps the fresher of the two.
 *
 * @throws {AssumeRoleError | KubernetesApiError} what went wrong with this Secret
 */
export async function giveCredentials(
  deps: ActDeps,
  item: CreateItem | RenewItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  // Both at once: in a cold container the writer is loaded while STS is answering.
  const [credentials, secrets] = await Promise.all([
    deps.assumeRole(item, signal),
    deps.secretApi(),
  ]);
  const { expiresAt } = credentials;
  const delivery = { item, content: renderSecret(credentials, item.roleArn), expiresAt };
  try {
    if (item.action === 'renew') return await renew(secrets, delivery, item.secret, signal);
    await secrets.create(item.namespace, item.name, delivery.content, signal);
    return { ...subjectOf(item), result: 'created', expiresAt };
  } catch (error) {
    if (error instanceof KubernetesApiError && error.status === 409) {
      return settle(deps, secrets, delivery, signal);
    }
    throw error;
  }
}

async function renew(
  secrets: SecretApi,
  delivery: Delivery,
  secret: ManagedSecret,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { item, content, expiresAt } = delivery;
  const isWanted = item.pod !== undefined;
  const annotations = {
    ...content.annotations,
    ...(isWanted ? { [UNUSED_SINCE_ANNOTATION]: null } : {}),
  };
  await secrets.change(secret, { annotations, data: content.data }, signal);
  return { ...subjectOf(item), result: 'renewed', expiresAt };
}

/** After a conflict: what is there now decides. */
async function settle(
  deps: ActDeps,
  secrets: SecretApi,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { item } = delivery;
  const present = await deps.findSecret(item.namespace, item.name, signal);
  if (present === undefined) {
    return {
      ...subjectOf(item),
      result: 'deferred',
      reason: 'changed-meanwhile',
      message: 'the Secret was removed while its credentials were on their way',
    };
  }
  if (roleOfOwnSecret(present) === undefined) {
    return {
      ...subjectOf(item),
      result: 'refused',
      reason: 'name-taken',
      message:
        `a Secret ${item.name} that this product did not make is in namespace ${item.namespace}; it is left alone. ` +
        'Rename or delete it to let the product make its own',
    };
  }
  const expiresAt = expiryOf(present, deps.now());
  const isFresh =
    expiresAt !== undefined &&
    deps.now() < renewalDueAt(present, expiresAt, deps.refreshBeforeSeconds);
  return isFresh
    ? { ...subjectOf(item), result: 'kept', expiresAt }
    : renew(secrets, delivery, present, signal);
}

function subjectOf(item: CreateItem | RenewItem) {
  const { action, namespace, name, role, roleArn, pod } = item;
  return { action, namespace, name, role, roleArn, pod };
}

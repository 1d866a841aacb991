import type { CreateItem, ExistingItem } from '../../decide/plan.ts';
import { nameTaken } from '../../decide/plan-secret.ts';
import {
  expiryOf,
  generationOf,
  isOwnedBy,
  renewalDueAt,
  roleOfPodSecret,
} from '../../decide/secret-state.ts';
import type { ManagedSecret } from '../../observe/managed-secrets.ts';
import type { ItemOutcome } from '../item-outcome.ts';
import { renderSecret, type SecretContent } from './render-secret.ts';
import { type ActDeps, isWriteConflict, type SecretApi } from './secret-api.ts';

/** New credentials on their way into a Secret. */
interface Delivery {
  readonly item: CreateItem | ExistingItem;
  readonly content: SecretContent;
  readonly expiresAt: Date;
}

/**
 * Opens a session and writes it into the item's Secret: a new one by POST, an existing one only as it was read. A
 * write that finds somebody else was faster looks again, once, and keeps the fresher of the two; after a revocation it
 * keeps its own, for the other session may be one that was revoked.
 *
 * @throws {AssumeRoleError | KubernetesApiError} what went wrong with this Secret
 */
export async function issueCredentials(
  deps: ActDeps,
  item: CreateItem | ExistingItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  // Both at once: in a cold container the writer is loaded while STS is answering.
  const [credentials, secrets] = await Promise.all([
    deps.assumeRole(item, signal),
    deps.secretApi(),
  ]);
  const { expiresAt } = credentials;
  const delivery = { item, content: renderSecret(credentials, item), expiresAt };
  try {
    if (item.action === 'renew') return await renew(secrets, delivery, item.secret, signal);
    await secrets.create(item.namespace, item.name, delivery.content, signal);
    return { ...subjectOf(item), result: 'created', expiresAt };
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
    return settle(deps, secrets, delivery, signal);
  }
}

async function renew(
  secrets: SecretApi,
  delivery: Delivery,
  secret: ManagedSecret,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { item, content, expiresAt } = delivery;
  await secrets.change(secret, content, signal);
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
  if (present === undefined) return leftToNextRun(item);
  if (!isOwn(item, present)) {
    const taken = nameTaken(item, present);
    const { action } = item;
    return taken.action === 'refuse'
      ? { ...subjectOf(item), ...taken, action, result: 'refused' }
      : { ...subjectOf(item), ...taken, action, result: 'deferred' };
  }
  // Another run has read a later spec than this one.
  if (isOfLaterGeneration(item, present)) return leftToNextRun(item);
  const expiresAt = expiryOf(present, deps.now());
  const isFresh =
    expiresAt !== undefined &&
    !item.isRevoked &&
    isOfItsGeneration(item, present) &&
    deps.now() < renewalDueAt(item, expiresAt, deps.refreshBeforeSeconds);
  if (isFresh) return { ...subjectOf(item), result: 'kept', expiresAt };
  try {
    return await renew(secrets, delivery, present, signal);
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
    return leftToNextRun(item);
  }
}

function isOwn({ awsIamRole }: CreateItem | ExistingItem, present: ManagedSecret): boolean {
  return awsIamRole === undefined
    ? roleOfPodSecret(present) !== undefined
    : isOwnedBy(present, awsIamRole);
}

function isOfItsGeneration(
  { awsIamRole }: CreateItem | ExistingItem,
  present: ManagedSecret,
): boolean {
  return awsIamRole === undefined || generationOf(present) === awsIamRole.generation;
}

function isOfLaterGeneration(
  { awsIamRole }: CreateItem | ExistingItem,
  present: ManagedSecret,
): boolean {
  return awsIamRole !== undefined && (generationOf(present) ?? 0) > awsIamRole.generation;
}

function leftToNextRun(item: CreateItem | ExistingItem): ItemOutcome {
  return {
    ...subjectOf(item),
    expiresAt: item.expiresAt,
    result: 'deferred',
    reason: 'changed-meanwhile',
    message: 'the Secret kept changing while its credentials were on their way',
  };
}

function subjectOf(item: CreateItem | ExistingItem) {
  const { action, namespace, name, role, roleArn, sessionSeconds, pod, awsIamRole, unreadable } =
    item;
  return { action, namespace, name, role, roleArn, sessionSeconds, pod, awsIamRole, unreadable };
}

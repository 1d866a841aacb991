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

/** New credentials and the Secret that they are written to. */
interface IssuedCredentials {
  readonly item: CreateItem | ExistingItem;
  readonly content: SecretContent;
  readonly expiresAt: Date;
}

/**
 * Requests a session and writes its credentials into the item's Secret. It creates a new Secret, or changes an existing
 * one if it is as it was read. After a conflict it reads the Secret again, once, and keeps the fresher credentials;
 * after a revocation it keeps its own, because the others may be revoked.
 *
 * @throws {AssumeRoleError | KubernetesApiError} when STS or the Kubernetes API rejects the request
 */
export async function issueCredentials(
  deps: ActDeps,
  item: CreateItem | ExistingItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  // Concurrently: after a cold start, the writer is loaded while STS answers.
  const [credentials, secrets] = await Promise.all([
    deps.assumeRole(item, signal),
    deps.secretApi(),
  ]);
  const { expiresAt } = credentials;
  const issued = { item, content: renderSecret(credentials, item), expiresAt };
  try {
    if (item.action === 'renew') return await renew(secrets, issued, item.secret, signal);
    await secrets.create(item.namespace, item.name, issued.content, signal);
    return { ...subjectOf(item), result: 'created', expiresAt };
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
    return resolveConflict(deps, secrets, issued, signal);
  }
}

async function renew(
  secrets: SecretApi,
  { item, content, expiresAt }: IssuedCredentials,
  secret: ManagedSecret,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  await secrets.change(secret, content, signal);
  return { ...subjectOf(item), result: 'renewed', expiresAt };
}

async function resolveConflict(
  deps: ActDeps,
  secrets: SecretApi,
  issued: IssuedCredentials,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { item } = issued;
  const existing = await deps.findSecret(item.namespace, item.name, signal);
  if (existing === undefined) return deferToNextPass(item);
  if (!isManagedFor(item, existing)) {
    const taken = nameTaken(item, existing);
    const { action } = item;
    return taken.action === 'refuse'
      ? { ...subjectOf(item), ...taken, action, result: 'refused' }
      : { ...subjectOf(item), ...taken, action, result: 'deferred' };
  }
  // Another pass has read a later spec.
  if (isOfLaterGeneration(item, existing)) return deferToNextPass(item);
  const expiresAt = expiryOf(existing, deps.now());
  const isFresh =
    expiresAt !== undefined &&
    !item.isRevoked &&
    isOfSameGeneration(item, existing) &&
    deps.now() < renewalDueAt(item, expiresAt, deps.refreshBeforeSeconds);
  if (isFresh) return { ...subjectOf(item), result: 'kept', expiresAt };
  try {
    return await renew(secrets, issued, existing, signal);
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
    return deferToNextPass(item);
  }
}

function isManagedFor({ awsIamRole }: CreateItem | ExistingItem, existing: ManagedSecret): boolean {
  return awsIamRole === undefined
    ? roleOfPodSecret(existing) !== undefined
    : isOwnedBy(existing, awsIamRole);
}

function isOfSameGeneration(
  { awsIamRole }: CreateItem | ExistingItem,
  existing: ManagedSecret,
): boolean {
  return awsIamRole === undefined || generationOf(existing) === awsIamRole.generation;
}

function isOfLaterGeneration(
  { awsIamRole }: CreateItem | ExistingItem,
  existing: ManagedSecret,
): boolean {
  return awsIamRole !== undefined && (generationOf(existing) ?? 0) > awsIamRole.generation;
}

function deferToNextPass(item: CreateItem | ExistingItem): ItemOutcome {
  return {
    ...subjectOf(item),
    expiresAt: item.expiresAt,
    result: 'deferred',
    reason: 'changed-meanwhile',
    message: 'the Secret changed repeatedly while its credentials were written',
  };
}

function subjectOf(item: CreateItem | ExistingItem) {
  const { action, namespace, name, role, roleArn, sessionSeconds, pod, awsIamRole, unreadable } =
    item;
  return { action, namespace, name, role, roleArn, sessionSeconds, pod, awsIamRole, unreadable };
}

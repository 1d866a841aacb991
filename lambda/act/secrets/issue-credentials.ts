import {
  SESSION_SECONDS_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import { createFingerprint, sessionSettingsFor } from '../../decide/configured-session.ts';
import { secretOfAnother } from '../../decide/ownership-problems.ts';
import type { CreateItem, ExistingItem } from '../../decide/plan.ts';
import {
  isAdoptable,
  isOwnedBy,
  ownershipOf,
  wasIssuedForAwsIamRole,
} from '../../decide/secret-ownership.ts';
import {
  generationOf,
  heldCredentials,
  isOfSession,
  renewalDueAt,
} from '../../decide/secret-state.ts';
import type { ManagedSecret } from '../../observe/managed-secrets.ts';
import { type ItemOutcome, subjectOf } from '../item-outcome.ts';
import { renderSecret, type SecretContent } from './render-secret.ts';
import { type ActDeps, isWriteConflict, type SecretApi } from './secret-api.ts';
import { obsoleteKeys } from './secret-metadata.ts';

/** The dependencies of {@link issueCredentials}. */
type IssueDeps = Omit<ActDeps, 'listPodsOf' | 'backOff' | 'creations'>;

/** New credentials and the Secret that they are written to. */
interface IssuedCredentials {
  readonly item: CreateItem | ExistingItem;
  readonly content: SecretContent;
  readonly fingerprint: string;
  readonly session: IssuedSession;
}

/** What an outcome says about new credentials. */
type IssuedSession = Pick<ItemOutcome, 'expiresAt' | 'limitedSeconds'>;

/**
 * Requests a session and writes its credentials into the item's Secret. It creates a new Secret, or changes an existing
 * one if it is as it was read. After a conflict it reads the Secret again, once, and keeps the fresher credentials;
 * after a revocation it keeps its own, because the others may be revoked.
 *
 * @throws {AssumeRoleError | KubernetesApiError} when STS or the Kubernetes API rejects the request
 */
export async function issueCredentials(
  deps: IssueDeps,
  item: CreateItem | ExistingItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  // Concurrently: after a cold start, the writer is loaded while STS answers.
  const [credentials, secrets] = await Promise.all([
    deps.assumeRole(item, signal),
    deps.secretApi(),
  ]);
  const { expiresAt, limitedSeconds } = credentials;
  const session = { expiresAt, ...(limitedSeconds === undefined ? {} : { limitedSeconds }) };
  const fingerprint = createFingerprint(deps)(item);
  const content = renderSecret(credentials, {
    ...item,
    fingerprint,
    metadata: deps.secretMetadata,
  });
  const issued = { item, content, fingerprint, session };
  try {
    if (item.action === 'renew') return await renew(secrets, issued, item.secret, signal);
    await secrets.create(item.namespace, item.name, issued.content, signal);
    return { ...withoutCredentials(item), result: 'created', ...session };
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
    return resolveConflict(deps, secrets, issued, signal);
  }
}

async function renew(
  secrets: SecretApi,
  { item, content, session }: IssuedCredentials,
  secret: ManagedSecret,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  await secrets.change(secret, changesTo(secret, content), signal);
  return { ...withoutCredentials(item), result: 'renewed', ...session };
}

async function resolveConflict(
  deps: IssueDeps,
  secrets: SecretApi,
  issued: IssuedCredentials,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { item, fingerprint } = issued;
  const existing = await deps.findSecret(item.namespace, item.name, signal);
  if (existing === undefined) return deferToNextPass(item);
  if (!isManagedFor(item, existing)) return outcomeOfTakenName(deps, item, existing);
  // Another pass has read a later spec.
  if (isOfLaterGeneration(item, existing)) return deferToNextPass(item);
  const held = heldCredentials(existing, item, fingerprint, deps.now());
  const { expiresAt } = held;
  const isFresh =
    expiresAt !== undefined &&
    !item.isRevoked &&
    isOfSameGeneration(item, existing) &&
    isOfSession(existing, fingerprint) &&
    deps.now() < renewalDueAt({ ...item, ...held }, expiresAt, deps.refreshBeforeSeconds);
  if (isFresh) return { ...withoutCredentials(item), result: 'kept', ...held };
  try {
    return await renew(secrets, issued, existing, signal);
  } catch (error) {
    if (!isWriteConflict(error)) throw error;
    return deferToNextPass(item);
  }
}

function outcomeOfTakenName(
  deps: IssueDeps,
  item: CreateItem | ExistingItem,
  existing: ManagedSecret,
): ItemOutcome {
  // Another pass has seen an AWSIAMRole of this name, which this one has not.
  const isOfNewAwsIamRole = item.awsIamRole === undefined && wasIssuedForAwsIamRole(existing);
  if (isOfNewAwsIamRole) return deferToNextPass(item);
  const { seconds } = sessionSettingsFor(deps, item);
  const taken = secretOfAnother(existing, seconds, deps.now(), item.awsIamRole);
  const { action } = item;
  return taken.action === 'refuse'
    ? { ...withoutCredentials(item), ...taken, action, result: 'refused' }
    : { ...withoutCredentials(item), ...taken, action, result: 'deferred' };
}

function isManagedFor({ awsIamRole }: CreateItem | ExistingItem, existing: ManagedSecret): boolean {
  return awsIamRole === undefined
    ? ownershipOf(existing).kind === 'pods'
    : isOwnedBy(existing, awsIamRole) || isAdoptable(existing);
}

/** Returns what to change in an existing Secret: also removes what the product wrote earlier and no longer writes. */
function changesTo(secret: ManagedSecret, content: SecretContent) {
  const { labels, annotations } = obsoleteKeys(secret, content);
  const { ownerReferences, ...written } = content;
  const isAdoption = ownerReferences !== undefined && secret.owners.length === 0;
  return {
    ...written,
    labels: { ...content.labels, ...nullFor(labels) },
    annotations: {
      ...content.annotations,
      ...nullFor(annotations),
      ...nullFor(staleSessionSeconds(secret, content)),
      // An AWSIAMRole always uses its Secret.
      ...(ownerReferences === undefined ? {} : { [UNUSED_SINCE_ANNOTATION]: null }),
    },
    ...(isAdoption ? { ownerReferences } : {}),
  };
}

/** The session of earlier credentials may have been shorter than requested. */
function staleSessionSeconds(secret: ManagedSecret, content: SecretContent): readonly string[] {
  const key = SESSION_SECONDS_ANNOTATION;
  return key in secret.annotations && !(key in content.annotations) ? [key] : [];
}

function nullFor(keys: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(keys.map((key) => [key, null]));
}

function isOfSameGeneration(
  { awsIamRole }: CreateItem | ExistingItem,
  existing: ManagedSecret,
): boolean {
  if (awsIamRole === undefined) return true;
  return isOwnedBy(existing, awsIamRole) && generationOf(existing) === awsIamRole.generation;
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
    result: 'deferred',
    reason: 'changed-meanwhile',
    message: 'the Secret changed repeatedly while its credentials were written',
  };
}

/** Returns the item without what describes the credentials that the Secret held when it was read. */
function withoutCredentials(item: CreateItem | ExistingItem) {
  const {
    expiresAt: _,
    outdated: __,
    isRevoked: ___,
    limitedSeconds: ____,
    ...subject
  } = subjectOf(item);
  return subject;
}

import { createHash } from 'node:crypto';
import {
  AWSIAMROLE_TYPE,
  EXPIRES_AT_ANNOTATION,
  GENERATION_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  SECRET_NAME_PREFIX,
  TYPE_LABEL,
  UNUSED_SINCE_ANNOTATION,
} from '../../contract/kubernetes/secret.ts';
import { SESSION_SECONDS } from '../../contract/limits.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import { parseSecretName, secretKey } from './requested-secrets.ts';

/**
 * Maximum difference between the clocks of STS, of this function and of the writer of an annotation, in seconds. AWS
 * rejects requests that are signed with a greater difference.
 */
const CLOCK_TOLERANCE_SECONDS = 300;
/** Renewals of one-hour sessions are spread over this long before they are due, in seconds. */
const JITTER_SECONDS = 300;

/** The duration of a Secret's sessions. */
interface SessionLength {
  readonly sessionSeconds: number;
}

/**
 * Returns how long before their expiry credentials are renewed, in seconds: `refreshBeforeSeconds` for one-hour
 * sessions. Shorter sessions are renewed at their half-life at the latest, or a new session would be due at once.
 */
export function refreshBeforeOf(session: SessionLength, refreshBeforeSeconds: number): number {
  const { sessionSeconds } = session;
  return sessionSeconds < SESSION_SECONDS
    ? Math.min(refreshBeforeSeconds, sessionSeconds / 2)
    : refreshBeforeSeconds;
}

/**
 * Returns the role of a Secret that the refresher manages for pods; undefined when the refresher may not write it. It
 * must have the label, and the prefix and a role in its name, and neither an owner nor the label of an AWSIAMRole's
 * Secret.
 */
export function roleOfPodSecret(secret: ManagedSecret): string | undefined {
  const isLabelled = secret.labels[HERITAGE_LABEL] === HERITAGE_VALUE;
  const hasOwner = secret.ownerUids.length > 0 || secret.labels[TYPE_LABEL] === AWSIAMROLE_TYPE;
  if (!isLabelled || hasOwner || !secret.name.startsWith(SECRET_NAME_PREFIX)) return undefined;
  return parseSecretName(secret.name).role;
}

/** Whether the Secret belongs to an AWSIAMRole, existing or deleted. */
export function belongsToAwsIamRole({ labels, ownerUids }: ManagedSecret): boolean {
  const isLabelled = labels[HERITAGE_LABEL] === HERITAGE_VALUE;
  return isLabelled && labels[TYPE_LABEL] === AWSIAMROLE_TYPE && ownerUids.length > 0;
}

/** Whether the Secret belongs to this AWSIAMRole, so that the refresher may write it. */
export function isOwnedBy(secret: ManagedSecret, awsIamRole: { readonly uid: string }): boolean {
  return belongsToAwsIamRole(secret) && secret.ownerUids.includes(awsIamRole.uid);
}

/** Returns the generation of the AWSIAMRole for which the credentials were issued; undefined when unknown. */
export function generationOf({ annotations }: ManagedSecret): number | undefined {
  const text = annotations[GENERATION_ANNOTATION];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Returns when the credentials expire; undefined when the annotation is missing, malformed, or later than any session
 * could last. Anyone who can edit the Secret can write the annotation, so it is trusted only where that is harmless.
 */
export function expiryOf(secret: ManagedSecret, now: Date): Date | undefined {
  const expiresAt = parseInstant(secret.annotations[EXPIRES_AT_ANNOTATION]);
  const latest = now.getTime() + (SESSION_SECONDS + CLOCK_TOLERANCE_SECONDS) * 1_000;
  return expiresAt !== undefined && expiresAt.getTime() <= latest ? expiresAt : undefined;
}

/** Returns the time of the unused mark; undefined when the Secret is not marked, or the time is in the future. */
export function unusedSince(secret: ManagedSecret, now: Date): Date | undefined {
  const since = parseInstant(secret.annotations[UNUSED_SINCE_ANNOTATION]);
  const latest = now.getTime() + CLOCK_TOLERANCE_SECONDS * 1_000;
  return since !== undefined && since.getTime() <= latest ? since : undefined;
}

/** Whether the Secret has an unused mark, valid or not. */
export function isMarked(secret: ManagedSecret): boolean {
  return secret.annotations[UNUSED_SINCE_ANNOTATION] !== undefined;
}

/**
 * Returns when credentials are due for renewal: `refreshBeforeSeconds` before they expire, and up to five minutes
 * earlier (less for shorter sessions), depending on the Secret's name, so that Secrets that were created together are
 * not renewed together.
 */
export function renewalDueAt(
  secret: SessionLength & { readonly namespace: string; readonly name: string },
  expiresAt: Date,
  refreshBeforeSeconds: number,
): Date {
  const digest = createHash('sha256').update(secretKey(secret)).digest();
  const spreadSeconds = JITTER_SECONDS * (secret.sessionSeconds / SESSION_SECONDS);
  const jitterSeconds = (digest.readUInt32BE() / 2 ** 32) * spreadSeconds;
  const seconds = refreshBeforeOf(secret, refreshBeforeSeconds) + jitterSeconds;
  return new Date(expiresAt.getTime() - seconds * 1_000);
}

/** RFC 3339 in UTC, as this product and the 2018 controller write it. `Date.parse` alone accepts other formats. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

function parseInstant(text: string | undefined): Date | undefined {
  if (text === undefined || !INSTANT.test(text)) return undefined;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

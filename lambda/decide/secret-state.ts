import { createHash } from 'node:crypto';
import { SESSION_SECONDS } from '../../contract/limits.ts';
import {
  AWSIAMROLE_TYPE,
  EXPIRES_AT_ANNOTATION,
  GENERATION_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  SECRET_NAME_PREFIX,
  TYPE_LABEL,
  UNUSED_SINCE_ANNOTATION,
} from '../../contract/secret.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import { parseSecretName, secretKey } from './requested-secrets.ts';

/**
 * How far the clocks of STS, of this function and of whoever wrote an annotation may differ, in seconds. Requests
 * signed with a clock that is further off are refused by AWS, so a greater difference is no clock's.
 */
const CLOCK_TOLERANCE_SECONDS = 300;
/** Renewals of sessions of an hour are spread over this long before they are due, in seconds. */
const JITTER_SECONDS = 300;

/**
 * How long before their end credentials are renewed, in seconds, when sessions of an hour are renewed
 * `refreshBeforeSeconds` before. A shorter session is renewed when about half its life is over, or it would be renewed for ever.
 */
export function refreshBeforeOf(session: SessionLength, refreshBeforeSeconds: number): number {
  const { sessionSeconds } = session;
  return sessionSeconds < SESSION_SECONDS
    ? Math.min(refreshBeforeSeconds, sessionSeconds / 2)
    : refreshBeforeSeconds;
}

/** What is known of how long sessions of a Secret last. */
export interface SessionLength {
  readonly sessionSeconds: number;
}

/**
 * The role of a Secret that this product may write, or undefined when it may not: it needs the label, the prefix and a
 * name that stands for a role, and it must belong to no other object and to no AWSIAMRole.
 */
export function roleOfPodSecret(secret: ManagedSecret): string | undefined {
  const isLabelled = secret.labels[HERITAGE_LABEL] === HERITAGE_VALUE;
  const isOfAnother = secret.ownerUids.length > 0 || secret.labels[TYPE_LABEL] === AWSIAMROLE_TYPE;
  if (!isLabelled || isOfAnother || !secret.name.startsWith(SECRET_NAME_PREFIX)) return undefined;
  return parseSecretName(secret.name).role;
}

/** Whether a Secret was made for an AWSIAMRole, be it one that is gone. */
export function belongsToAwsIamRole({ labels, ownerUids }: ManagedSecret): boolean {
  const isLabelled = labels[HERITAGE_LABEL] === HERITAGE_VALUE;
  return isLabelled && labels[TYPE_LABEL] === AWSIAMROLE_TYPE && ownerUids.length > 0;
}

/** Whether this product may write a Secret for the AWSIAMRole: it has both labels and the resource as its owner. */
export function isOwnedBy(secret: ManagedSecret, resource: { readonly uid: string }) {
  return belongsToAwsIamRole(secret) && secret.ownerUids.includes(resource.uid);
}

/** The generation of the AWSIAMRole that the credentials were made for; undefined when nothing credible says so. */
export function generationOf({ annotations }: ManagedSecret): number | undefined {
  const text = annotations[GENERATION_ANNOTATION];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * When the credentials inside end, or undefined when the annotation is missing, unreadable or later than any session
 * could last. A person can write it, so it is believed only where believing it does no harm.
 */
export function expiryOf(secret: ManagedSecret, now: Date): Date | undefined {
  const expiresAt = readInstant(secret.annotations[EXPIRES_AT_ANNOTATION]);
  const latest = now.getTime() + (SESSION_SECONDS + CLOCK_TOLERANCE_SECONDS) * 1_000;
  return expiresAt !== undefined && expiresAt.getTime() <= latest ? expiresAt : undefined;
}

/** Since when the Secret is marked as unused, or undefined when it is not, or when the mark cannot be true. */
export function unusedSince(secret: ManagedSecret, now: Date): Date | undefined {
  const since = readInstant(secret.annotations[UNUSED_SINCE_ANNOTATION]);
  const latest = now.getTime() + CLOCK_TOLERANCE_SECONDS * 1_000;
  return since !== undefined && since.getTime() <= latest ? since : undefined;
}

/** Whether the Secret carries the mark, true or not. */
export function isMarked(secret: ManagedSecret): boolean {
  return secret.annotations[UNUSED_SINCE_ANNOTATION] !== undefined;
}

/**
 * When credentials that end at `expiresAt` are to be renewed: `refreshBeforeSeconds` before, and up to five minutes
 * earlier still (less for a shorter session), by the Secret's name, so that Secrets made together are not renewed together.
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

/** RFC 3339 in UTC, as this product and the 2018 controller write it; `Date.parse` alone would take much else. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

function readInstant(text: string | undefined): Date | undefined {
  if (text === undefined || !INSTANT.test(text)) return undefined;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

import { hash } from 'node:crypto';
import { isRoleArn } from '../../contract/aws/role-arn.ts';
import { ROLE_SESSION_DURATION } from '../../contract/kubernetes/awsiamrole.ts';
import {
  EXPIRES_AT_ANNOTATION,
  GENERATION_ANNOTATION,
  ROLE_ARN_ANNOTATION,
  SESSION_ANNOTATION,
  SESSION_SECONDS_ANNOTATION,
  UNUSED_SIGHTINGS_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../contract/kubernetes/secret.ts';
import {
  CHAINED_SESSION_SECONDS,
  MAX_SESSION_SECONDS,
  refreshBeforeRange,
} from '../../contract/limits.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { SecretSubject } from './plan.ts';
import { secretKey } from './requested-secrets.ts';

/**
 * Maximum difference between the clocks of STS, of this function and of the writer of an annotation, in seconds. AWS
 * rejects requests that are signed with a greater difference.
 */
const CLOCK_TOLERANCE_SECONDS = 300;
/** Renewals of one-hour sessions are spread over this long before they are due, in seconds. Those of longer ones more. */
const JITTER_SECONDS = { perHour: 300, max: 1_800 } as const;

/** The session of a Secret's credentials. */
type HeldSession = Pick<SecretSubject, 'sessionSeconds' | 'limitedSeconds' | 'outdated'>;

/**
 * Returns how long the session of a Secret's credentials lasts, in seconds: as long as requested, unless the role allows
 * less. That of an earlier configuration is unknown, and taken for the one that every role allows.
 */
export function lifetimeOf({ sessionSeconds, limitedSeconds, outdated }: HeldSession): number {
  if (limitedSeconds !== undefined) return limitedSeconds;
  return outdated === undefined
    ? sessionSeconds
    : Math.min(sessionSeconds, CHAINED_SESSION_SECONDS);
}

/** Returns when the credentials were issued. It follows from their expiry, so nothing has to be stored. */
export function issuedAt(session: HeldSession & { readonly expiresAt: Date }): Date {
  return new Date(session.expiresAt.getTime() - lifetimeOf(session) * 1_000);
}

/**
 * Returns how long before their expiry credentials are renewed, in seconds: `refreshBeforeSeconds`, if the session is long
 * enough for it. Other sessions are renewed at their half-life at the latest, or a new one would be due at once.
 */
export function refreshBeforeOf(session: HeldSession, refreshBeforeSeconds: number): number {
  const seconds = lifetimeOf(session);
  const isLongEnough =
    seconds >= CHAINED_SESSION_SECONDS && refreshBeforeSeconds <= refreshBeforeRange(seconds).max;
  return isLongEnough ? refreshBeforeSeconds : Math.min(refreshBeforeSeconds, seconds / 2);
}

/**
 * Returns how long the session of the credentials lasts if it is shorter than requested, in seconds; undefined otherwise.
 * Anyone who can edit the Secret can write the annotation: then it is renewed at another time.
 */
export function limitedSecondsOf(
  { annotations }: ManagedSecret,
  sessionSeconds: number,
): number | undefined {
  const text = annotations[SESSION_SECONDS_ANNOTATION];
  const seconds = text !== undefined && /^\d{3,5}$/.test(text) ? Number(text) : Number.NaN;
  return seconds >= ROLE_SESSION_DURATION.min && seconds < sessionSeconds ? seconds : undefined;
}

/** Returns the generation of the AWSIAMRole for which the credentials were issued; undefined when unknown. */
export function generationOf({ annotations }: ManagedSecret): number | undefined {
  const text = annotations[GENERATION_ANNOTATION];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Returns when the credentials expire; undefined when the annotation is missing, malformed, or later than a session could
 * last. Anyone who can edit the Secret can write the annotation, so it is trusted only where that is harmless.
 *
 * @param maxSeconds - the longest session; by default, that of an earlier configuration
 */
export function expiryOf(
  secret: ManagedSecret,
  now: Date,
  maxSeconds: number = MAX_SESSION_SECONDS,
): Date | undefined {
  const expiresAt = parseInstant(secret.annotations[EXPIRES_AT_ANNOTATION]);
  const latest = now.getTime() + (maxSeconds + CLOCK_TOLERANCE_SECONDS) * 1_000;
  return expiresAt !== undefined && expiresAt.getTime() <= latest ? expiresAt : undefined;
}

/** Returns the time of the unused mark; undefined when the Secret is not marked, or the time is in the future. */
export function unusedSince(secret: ManagedSecret, now: Date): Date | undefined {
  const since = parseInstant(secret.annotations[UNUSED_SINCE_ANNOTATION]);
  const latest = now.getTime() + CLOCK_TOLERANCE_SECONDS * 1_000;
  return since !== undefined && since.getTime() <= latest ? since : undefined;
}

/** Returns how many sweeps have found the marked Secret unused since it was marked. */
export function sightingsOf({ annotations }: ManagedSecret): number {
  const text = annotations[UNUSED_SIGHTINGS_ANNOTATION];
  return text !== undefined && /^\d$/.test(text) ? Number(text) : 0;
}

/** Whether the Secret has an unused mark, valid or not. */
export function isMarked(secret: ManagedSecret): boolean {
  return secret.annotations[UNUSED_SINCE_ANNOTATION] !== undefined;
}

/** Whether a Secret that no pod used is being deleted. Finalizers may delay that as long as their owners like. */
export function isBeingRemoved(secret: ManagedSecret): boolean {
  return secret.deletion !== undefined && isMarked(secret);
}

/**
 * Returns when credentials are due for renewal: `refreshBeforeSeconds` before they expire, and up to five minutes
 * earlier (less for shorter sessions, and up to half an hour for longer ones), depending on the Secret's name, so that Secrets that were created together are
 * not renewed together.
 */
export function renewalDueAt(
  secret: HeldSession & { readonly namespace: string; readonly name: string },
  expiresAt: Date,
  refreshBeforeSeconds: number,
): Date {
  const hours = lifetimeOf(secret) / 3_600;
  const spreadSeconds = Math.min(JITTER_SECONDS.perHour * hours, JITTER_SECONDS.max);
  const jitterSeconds = spreadOf(secret) * spreadSeconds;
  const seconds = refreshBeforeOf(secret, refreshBeforeSeconds) + jitterSeconds;
  return new Date(expiresAt.getTime() - seconds * 1_000);
}

/** Returns a number from 0 to less than 1 that depends on the Secret's name only. */
function spreadOf(secret: { readonly namespace: string; readonly name: string }): number {
  const digest = hash('sha256', secretKey(secret), 'buffer');
  return digest.readUInt32BE() / 2 ** 32;
}

/** Whether the credentials were issued for the session request with this hash. */
export function isOfSession({ annotations }: ManagedSecret, fingerprint: string): boolean {
  return annotations[SESSION_ANNOTATION] === fingerprint;
}

/** What the annotations of a Secret say about its credentials. */
type HeldCredentials = Pick<SecretSubject, 'expiresAt' | 'limitedSeconds' | 'outdated'>;

/**
 * Returns until when the credentials in a Secret are valid, and whether they are those of another session request. Those of
 * another request may be valid for as long as any session, and are renewed soon in any case.
 */
export function heldCredentials(
  secret: ManagedSecret,
  { sessionSeconds }: Pick<SecretSubject, 'sessionSeconds'>,
  fingerprint: string,
  now: Date,
): HeldCredentials {
  const limitedSeconds = limitedSecondsOf(secret, sessionSeconds);
  const maxSeconds = isOfSession(secret, fingerprint)
    ? Math.max(sessionSeconds, CHAINED_SESSION_SECONDS)
    : MAX_SESSION_SECONDS;
  return {
    expiresAt: expiryOf(secret, now, maxSeconds),
    ...(limitedSeconds === undefined ? {} : { limitedSeconds }),
    ...outdatedBy(secret, fingerprint),
  };
}

/** Returns `outdated` of credentials that were issued for another session request than the one with this hash. */
function outdatedBy(secret: ManagedSecret, fingerprint: string): Pick<SecretSubject, 'outdated'> {
  if (isOfSession(secret, fingerprint)) return {};
  const roleArn = secret.annotations[ROLE_ARN_ANNOTATION];
  const isValid = roleArn !== undefined && isRoleArn(roleArn);
  return { outdated: { roleArn: isValid ? roleArn : undefined } };
}

/** Outdated credentials are renewed over this long, in minutes: a changed setting affects all Secrets at once. */
const SPREAD_MINUTES = 5;

/**
 * Whether it is the turn of a Secret with outdated credentials. In each period of five minutes it becomes due in a minute
 * that depends on its name, and stays due until the period ends, so that a late pass renews it too.
 */
export function isTurnOf(
  secret: { readonly namespace: string; readonly name: string },
  now: Date,
): boolean {
  const minute = Math.floor(now.getTime() / 60_000) % SPREAD_MINUTES;
  return minute >= Math.floor(spreadOf(secret) * SPREAD_MINUTES);
}

/** RFC 3339 in UTC, as this product and the 2018 controller write it. `Date.parse` alone accepts other formats. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

function parseInstant(text: string | undefined): Date | undefined {
  if (text === undefined || !INSTANT.test(text)) return undefined;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

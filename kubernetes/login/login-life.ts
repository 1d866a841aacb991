import { X509Certificate } from 'node:crypto';
import { isRecord } from '../../contract/is-record.ts';
import type { StoredUser } from './stored-login.ts';

/** How long a login is valid, as it says itself. */
export interface LoginLife {
  /** Absent if it is unknown. */
  readonly issuedAt?: Date;
  /** Absent if it is unknown, or never. */
  readonly expiresAt?: Date;
  /** Whom a JSON web token authenticates, e.g. `system:serviceaccount:kube-aws-iam:kube-aws-iam-refresher`. */
  readonly subject?: string;
}

/** Reads how long a login is valid. Nothing is verified: only the API server decides, and this is for scheduling. */
export function loginLife(user: StoredUser): LoginLife {
  if ('token' in user) return tokenLife(user.token);
  const { validFromDate, validToDate } = new X509Certificate(user.certificate);
  return { ...dateAs('issuedAt', validFromDate), ...dateAs('expiresAt', validToDate) };
}

const DAY_MS = 24 * 3_600_000;

/** A login expires soon if it does sooner than this, or than this share of its life. */
const SOON = { ms: 14 * DAY_MS, share: 1 / 3 };

/** Whether a login expires within 14 days, or a third of its life if that is less: something has to be done about it. */
export function isExpiringSoon({ issuedAt, expiresAt }: LoginLife, now: Date): boolean {
  if (expiresAt === undefined) return false;
  const lifeMs = expiresAt.getTime() - (issuedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
  return expiresAt.getTime() - now.getTime() < Math.min(SOON.ms, lifeMs * SOON.share);
}

/** Reads the claims of a JSON web token (RFC 7519). Other tokens say nothing. */
function tokenLife(token: string): LoginLife {
  const { iat, nbf, exp, sub } = claimsOf(token);
  return {
    ...secondsAs('issuedAt', iat ?? nbf),
    ...secondsAs('expiresAt', exp),
    ...(typeof sub === 'string' ? { subject: sub } : {}),
  };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const parts = token.split('.');
  if (parts.length !== 3) return {};
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}

function secondsAs<Key extends string>(
  key: Key,
  seconds: unknown,
): { readonly [key in Key]?: Date } {
  return typeof seconds === 'number' ? dateAs(key, new Date(seconds * 1_000)) : {};
}

/** Leaves out what is no date, such as one in the year 300,000. */
function dateAs<Key extends string>(key: Key, date: Date): { readonly [key in Key]?: Date } {
  return Number.isNaN(date.getTime()) ? {} : ({ [key]: date } as { readonly [key in Key]: Date });
}

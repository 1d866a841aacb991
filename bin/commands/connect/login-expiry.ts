import { X509Certificate } from 'node:crypto';
import { isRecord } from '../../../contract/is-record.ts';
import type { StoredUser } from '../../../kubernetes/login/stored-login.ts';

/** When a login expires; undefined for a token that does not say so. */
export function loginExpiry(user: StoredUser): Date | undefined {
  if ('certificate' in user) return new X509Certificate(user.certificate).validToDate;
  const { exp } = claimsOf(user.token);
  return typeof exp === 'number' ? new Date(exp * 1_000) : undefined;
}

/** The claims of a JSON Web Token; empty for another token. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const [, payload = ''] = token.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}

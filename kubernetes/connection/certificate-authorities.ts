import { X509Certificate } from 'node:crypto';
import { isCertificateFailure, isUnknownAuthority } from './connection-failure.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Splits a bundle into bundles in which no two certificates have the same name, and which together contain all of them.
 *
 * OpenSSL verifies with the first authority that has the right name, unless all certificates have key identifiers. While
 * a cluster replaces its authority, the bundle contains two of one name, and the wrong one may be first.
 *
 * @param bundle - certificates in PEM
 */
export function authoritySets(bundle: string): readonly string[] {
  const certificates = new Set(bundle.match(CERTIFICATE));
  const byName = Map.groupBy(certificates, nameOf);
  const size = Math.max(1, ...[...byName.values()].map(({ length }) => length));
  if (size === 1) return [bundle];
  return Array.from({ length: size }, (_, i) =>
    [...byName.values()].map((same) => same[i % same.length]).join('\n'),
  );
}

/** Returns the subject of a certificate; of an unreadable one, its text. */
function nameOf(certificate: string): string {
  try {
    return new X509Certificate(certificate).subject;
  } catch {
    return certificate;
  }
}

/**
 * Calls `attempt` with one set of authorities after the other, until the certificate of the server is verified.
 *
 * @throws what `attempt` throws; of several certificate failures the most specific one
 */
export async function tryAuthorities<T>(
  sets: readonly string[],
  attempt: (authorities: string) => Promise<T>,
): Promise<T> {
  let failure: unknown;
  for (const authorities of sets) {
    try {
      return await attempt(authorities);
    } catch (error) {
      if (!isCertificateFailure(error)) throw error;
      // With the wrong authority, the issuer is unknown; with the right one, the certificate may have expired.
      if (failure === undefined || isUnknownAuthority(failure)) failure = error;
    }
  }
  throw failure;
}

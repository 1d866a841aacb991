// @peculiar/x509 depends on it and requires this import first.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate, its key, and the certificate authority that signed it; all PEM. */
export interface IssuedCertificate {
  /** The authority. Its key is discarded. */
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

/** How authorities differ; all have the same name. */
export interface AuthorityOptions {
  /** Whether it and its certificates have key identifiers, as those of newer clusters have. @default false */
  readonly hasKeyIdentifier?: boolean;
  /** Whether it expired half an hour ago. @default false */
  readonly isExpired?: boolean;
}

/**
 * Issues a certificate for the loopback addresses and names. It is valid for a year by the machine's clock, which TLS
 * uses, not by the embedded clock.
 */
export function issueServerCertificate(
  authority: AuthorityOptions = {},
  names: readonly string[] = ['localhost'],
): Promise<IssuedCertificate> {
  const extensions = [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
      ...names.map((value) => ({ type: 'dns' as const, value })),
    ]),
  ];
  return issueCertificate('CN=embedded-kubernetes', 365 * 24, extensions, authority);
}

/** Issues a certificate that authenticates a user in a group to an API server (flag `client-ca-file`). It is valid for an hour. */
export function issueClientCertificate(user: string, group: string): Promise<IssuedCertificate> {
  return issueCertificate(`CN=${user}, O=${group}`, 1, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
  ]);
}

/** A certificate authority, PEM. */
export interface IssuedAuthority {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Issues an authority that can sign for a day, with its key. */
export async function issueAuthority(): Promise<IssuedAuthority> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=local-ca',
    keys,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + 24 * HOUR_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: await pemOfKey(keys) };
}

async function issueCertificate(
  subject: string,
  hours: number,
  extensions: Extension[],
  { hasKeyIdentifier = false, isExpired = false }: AuthorityOptions = {},
): Promise<IssuedCertificate> {
  const authorityKeys = await generateKeys();
  const keys = await generateKeys();
  const validity = {
    // One hour of clock skew.
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + hours * HOUR_MS),
    signingAlgorithm: ALGORITHM,
  };
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    ...(isExpired ? { notAfter: new Date(Date.now() - HOUR_MS / 2) } : {}),
    name: 'CN=local-ca',
    keys: authorityKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
      ...(hasKeyIdentifier
        ? [await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey)]
        : []),
    ],
  });
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    subject,
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      ...extensions,
      ...(hasKeyIdentifier
        ? [await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey)]
        : []),
    ],
  });
  return {
    caPem: authority.toString('pem'),
    certificatePem: certificate.toString('pem'),
    keyPem: await pemOfKey(keys),
  };
}

async function pemOfKey({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const key = await webcrypto.subtle.exportKey('pkcs8', privateKey);
  return PemConverter.encode(key, 'PRIVATE KEY');
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

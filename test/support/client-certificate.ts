// @peculiar/x509 finds its parts by reflection and asks for this import first.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** By what an API server knows a user, all PEM. */
export interface ClientCertificate {
  /** The authority that signed it (flag `client-ca-file`). */
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MILLISECONDS = 3_600_000;

/** A certificate of a user in a group, from an hour ago for two. */
export async function makeClientCertificate(
  user: string,
  group: string,
): Promise<ClientCertificate> {
  const keysOf = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const [authorityKeys, keys] = [await keysOf(), await keysOf()];
  const validity = {
    notBefore: new Date(Date.now() - HOUR_MILLISECONDS),
    notAfter: new Date(Date.now() + HOUR_MILLISECONDS),
    signingAlgorithm: ALGORITHM,
  };
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=client-ca',
    keys: authorityKeys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    subject: `CN=${user}, O=${group}`,
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    caPem: authority.toString('pem'),
    certificatePem: certificate.toString('pem'),
    keyPem: PemConverter.encode(key, 'PRIVATE KEY'),
  };
}

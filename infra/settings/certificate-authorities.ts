import { X509Certificate } from 'node:crypto';

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

type CertificateAuthorities =
  | { readonly certificates: readonly X509Certificate[]; readonly problem?: undefined }
  | { readonly certificates?: undefined; readonly problem: string };

/**
 * Reads certificates in PEM, or the base64 of them as in `certificate-authority-data` of a kubeconfig. Comments between the
 * certificates are ignored, and certificates that are not of an authority if there are others. Problems never quote the text: it
 * may be a private key.
 */
export function readCertificateAuthorities(text: string): CertificateAuthorities {
  const pem = text.includes('-----BEGIN') ? text : decodeBase64(text);
  if (pem.includes('PRIVATE KEY-----')) {
    return {
      problem:
        'it contains a private key; replace that key, as it has been in a configuration file, and set the certificate only',
    };
  }
  const bodies = [...pem.matchAll(CERTIFICATE)].map(([, body]) =>
    Buffer.from(body ?? '', 'base64'),
  );
  if (bodies.length === 0) return { problem: `it contains no certificate; ${EXPECTED}` };
  const certificates: X509Certificate[] = [];
  for (const der of bodies) {
    try {
      certificates.push(new X509Certificate(der));
    } catch {
      return { problem: `it contains a damaged certificate; ${EXPECTED}` };
    }
  }
  // Some API servers have their own certificate in the file of the authority.
  const authorities = certificates.filter(isAuthority);
  if (authorities.length > 0) return { certificates: authorities };
  const names = certificates.map((certificate) => `"${nameOf(certificate)}"`).join(', ');
  return { problem: `the certificate of ${names} in it is not one of an authority; ${EXPECTED}` };
}

const EXPECTED =
  'it must be certificate authorities in PEM, or certificate-authority-data of a kubeconfig: kubectl config view --minify --raw -o jsonpath="{.clusters[0].cluster.certificate-authority-data}"';

/**
 * Returns the certificate authorities of a valid setting `kubernetes.certificateAuthority` as PEM.
 *
 * @throws if the text is invalid
 */
export function certificateAuthoritiesPem(text: string): string {
  const { certificates, problem } = readCertificateAuthorities(text);
  if (certificates === undefined) throw new Error(problem);
  return [...new Set(certificates.map((certificate) => certificate.toString()))].join('');
}

function decodeBase64(text: string): string {
  return BASE64.test(text) ? Buffer.from(text, 'base64').toString('latin1') : '';
}

/** A server's own certificate, without an authority, is one for this server. */
function isAuthority(certificate: X509Certificate): boolean {
  return certificate.ca || certificate.checkIssued(certificate);
}

function nameOf({ subject }: X509Certificate): string {
  return subject.replaceAll('\n', ', ').replace(/[^\x20-\x7e]/g, '?');
}

import { X509Certificate } from 'node:crypto';

/** A text is not a kubeconfig that the functions can use. The message quotes no value: any may be a credential. */
export class LoginKubeconfigError extends Error {
  override readonly name = 'LoginKubeconfigError';
}

/** An entry of a kubeconfig, such as a user. */
export type Fields = Readonly<Record<string, unknown>>;

/** Why fields of a kubeconfig cannot be used. */
const REFUSED: Readonly<Record<string, string>> = {
  exec: 'the functions run no plugins; store a token or a client certificate',
  'auth-provider': 'the functions run no plugins; store a token or a client certificate',
  tokenFile: 'the functions have no such file; store its contents as token',
  'client-certificate': 'the functions have no such file; store it as client-certificate-data',
  'client-key': 'the functions have no such file; store it as client-key-data',
  'certificate-authority':
    'the functions have no such file; store it as certificate-authority-data',
  'insecure-skip-tls-verify':
    'the certificate of the API server is always verified; store certificate-authority-data',
  'proxy-url': 'the functions use no proxy; choose subnets with a route to the API server instead',
  'tls-server-name': 'use a server whose certificate names it',
  username: 'API servers accept no passwords; store a token or a client certificate',
  password: 'API servers accept no passwords; store a token or a client certificate',
  as: 'the functions impersonate nobody',
  'as-uid': 'the functions impersonate nobody',
  'as-groups': 'the functions impersonate nobody',
  'as-user-extra': 'the functions impersonate nobody',
};

/**
 * Refuses each field that is not known: it could change where a request goes, or as whom, and a login must not mean less
 * than its author thinks.
 */
export function refuseOthers(fields: Fields, at: string, known: readonly string[]): void {
  for (const [name, value] of Object.entries(fields)) {
    const isUnset = value === null || value === '' || value === false;
    if (known.includes(name) || name === 'extensions' || isUnset) continue;
    if (Object.hasOwn(REFUSED, name)) {
      throw new LoginKubeconfigError(`${at}.${name}: ${REFUSED[name]}`);
    }
    // Its name may be a misplaced credential.
    throw new LoginKubeconfigError(
      `${at} has a field that kubeconfigs do not have, or that the functions do not know: use ${known.join(', ')} only`,
    );
  }
}

/** Returns a text; undefined for a missing or empty one. */
export function textField(fields: Fields, name: string, at: string): string | undefined {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') throw new LoginKubeconfigError(`${at}.${name} is not a text`);
  return value === '' ? undefined : value;
}

/** Returns the PEM text whose base64 a field contains. */
export function pemField(fields: Fields, name: string, at: string): string | undefined {
  const base64 = textField(fields, name, at)?.replaceAll(/\s/g, '');
  if (base64 === undefined) return undefined;
  const pem = /^[\w+/-]+=*$/.test(base64) ? Buffer.from(base64, 'base64').toString() : '';
  if (pem.includes('-----BEGIN ')) return pem;
  throw new LoginKubeconfigError(`${at}.${name} is not the base64 of a PEM text`);
}

/** Returns the certificates that a field contains, one after the other. */
export function certificatesField(fields: Fields, name: string, at: string): string | undefined {
  const pem = pemField(fields, name, at);
  if (pem === undefined) return undefined;
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length > 0 && found.every(isCertificate)) return `${found.join('\n')}\n`;
  throw new LoginKubeconfigError(`${at}.${name} is not a certificate`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

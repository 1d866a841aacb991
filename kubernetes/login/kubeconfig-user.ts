import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isRecord } from '../../contract/is-record.ts';
import {
  certificatesField,
  type Fields,
  LoginKubeconfigError,
  pemField,
  refuseOthers,
  textField,
} from './kubeconfig-fields.ts';
import {
  ACKNOWLEDGEMENT,
  type StoredCertificate,
  type StoredToken,
  type StoredUser,
} from './stored-login.ts';

/**
 * Reads the user of a kubeconfig: a token, or a client certificate with its key.
 *
 * @throws {LoginKubeconfigError} when it has neither, both, or something else
 */
export function readUser(user: Fields): StoredUser {
  refuseOthers(user, 'user', ['token', 'client-certificate-data', 'client-key-data']);
  const token = readToken(user);
  const certificate = readCertificate(user);
  if (token !== undefined && certificate !== undefined) {
    throw new LoginKubeconfigError(
      'user has both a token and a client certificate: remove one of them',
    );
  }
  const found = token ?? certificate;
  if (found !== undefined) return found;
  throw new LoginKubeconfigError(
    'user has neither a token nor client-certificate-data and client-key-data',
  );
}

function readToken(user: Fields): StoredToken | undefined {
  const token = textField(user, 'token', 'user');
  if (token === undefined) return undefined;
  // Anything else cannot be sent in a header.
  if (/^[\x21-\x7e]+$/.test(token)) return { token, mayLackExpiry: isAcknowledged(user) };
  throw new LoginKubeconfigError(
    'user.token contains a space, a line break or a character outside of ASCII',
  );
}

function isAcknowledged({ extensions }: Fields): boolean {
  return (
    Array.isArray(extensions) &&
    extensions.some((one) => isRecord(one) && one['name'] === ACKNOWLEDGEMENT)
  );
}

function readCertificate(user: Fields): StoredCertificate | undefined {
  const certificate = certificatesField(user, 'client-certificate-data', 'user');
  const key = pemField(user, 'client-key-data', 'user');
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const missing = certificate === undefined ? 'client-certificate-data' : 'client-key-data';
    throw new LoginKubeconfigError(`user.${missing} is missing`);
  }
  if (!new X509Certificate(certificate).checkPrivateKey(privateKeyOf(key))) {
    throw new LoginKubeconfigError('user.client-key-data is not the key of the client certificate');
  }
  return { certificate, key };
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new LoginKubeconfigError('user.client-key-data is not a private key without passphrase');
  }
}

import { readFileSync } from 'node:fs';
import { errorMessageOf } from '../../../contract/errors.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { LoginKubeconfigError } from '../../../kubernetes/login/kubeconfig-fields.ts';
import { loginLife } from '../../../kubernetes/login/login-life.ts';
import { parseLoginKubeconfig } from '../../../kubernetes/login/parse-kubeconfig.ts';
import type { StoredLogin, StoredUser } from '../../../kubernetes/login/stored-login.ts';
import { describeSubject, userOfSubject } from '../../cluster/subject.ts';
import type { RequiredLogin } from './connect-target.ts';
import { requestCertificate } from './request-certificate.ts';
import { requestToken } from './request-token.ts';

/**
 * Reads the login of a kubeconfig file.
 *
 * @param mayLackExpiry - whether the user has acknowledged that a token may be valid without end
 * @throws when the functions cannot use it, or it is not what the settings say
 */
export async function loginFromFile(
  file: string,
  { login, address: configured }: RequiredLogin,
  mayLackExpiry: boolean,
): Promise<Required<StoredLogin>> {
  const { address = configured, user } = await readLogin(file);
  if (address === undefined) {
    throw new Error(
      `${file} cannot be used: with login "kubeconfig", its cluster needs server and certificate-authority-data`,
    );
  }
  assertKind(file, login, user);
  const { expiresAt } = loginLife(user);
  if (expiresAt !== undefined || 'certificate' in user) {
    const lasting = 'token' in user ? { ...user, mayLackExpiry: false } : user;
    return { address: configured ?? address, user: lasting };
  }
  if (!mayLackExpiry) {
    throw new Error(
      `the token in ${file} has no expiry: whoever gets hold of it can use it until somebody deletes it. Use a token that expires (login "serviceAccount" requests one and rotates it), or, to accept this, add --allow-token-without-expiry`,
    );
  }
  return { address: configured ?? address, user: { ...user, mayLackExpiry } };
}

async function readLogin(file: string): Promise<StoredLogin> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`kubeconfig ${file} cannot be read: ${errorMessageOf(cause)}`, { cause });
  }
  try {
    return await parseLoginKubeconfig(text);
  } catch (cause) {
    if (!(cause instanceof LoginKubeconfigError)) throw cause;
    const remedy = cause.message.includes('no such file')
      ? '. To write one context and its files into one kubeconfig, run: kubectl config view --minify --flatten --raw'
      : '';
    throw new Error(`${file} cannot be used: ${cause.message}${remedy}`, { cause });
  }
}

function assertKind(file: string, login: RequiredLogin['login'], user: StoredUser): void {
  const actual = 'token' in user ? 'a token' : 'a client certificate';
  const expected =
    login === 'serviceAccount'
      ? 'a token'
      : login === 'clientCertificate'
        ? 'a client certificate'
        : actual;
  if (actual === expected) return;
  throw new Error(
    `${file} contains ${actual}, but the login of the cluster is "${login}": use a kubeconfig with ${expected}, or change "kubernetes.login" in cdk.json`,
  );
}

/** How the caller reaches the cluster. */
interface Caller {
  readonly connection: KubernetesConnection;
  readonly signal: AbortSignal;
}

/**
 * Has the cluster issue a token of the refresher's ServiceAccount.
 *
 * @param hours - requested; the API server may issue a token for less
 */
export async function loginWithToken(
  { connection, signal }: Caller,
  { subject }: RequiredLogin,
  hours: number,
): Promise<StoredUser> {
  if (subject.kind !== 'ServiceAccount') {
    throw new Error(
      `login "serviceAccount" needs a ServiceAccount, not ${describeSubject(subject)}`,
    );
  }
  const issued = await requestToken(connection, subject, hours, signal);
  if (issued === undefined) {
    throw new Error(
      `${describeSubject(subject)} does not exist: apply the manifests first: kube-aws-iam manifests | kubectl apply -f -`,
    );
  }
  return { token: issued, mayLackExpiry: false };
}

/** Has the cluster sign a client certificate for the refresher's user or group. */
export async function loginWithCertificate(
  { connection, signal }: Caller,
  { subject }: RequiredLogin,
): Promise<StoredUser> {
  const { username, groups } = userOfSubject(subject);
  const { certificatePem: certificate, keyPem: key } = await requestCertificate(
    connection,
    { user: username, groups },
    signal,
  );
  return { certificate, key };
}

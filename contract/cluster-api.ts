import { X509Certificate } from 'node:crypto';
import { isRecord } from './is-record.ts';

/**
 * How the functions reach a cluster that is not on EKS, and log in to it. The variable `CLUSTER_API` contains it as JSON;
 * for a cluster on EKS it is empty.
 */
export type ClusterApi = SecretLogin | AuthenticatorLogin;

/** Where the API server is. */
interface ServerAddress {
  /** An `https` URL, e.g. `https://10.0.0.10:6443`. */
  readonly server: string;
  /** The certificates of {@link compactCertificates}, one of which must have signed the API server's. */
  readonly certificateAuthority: string;
}

/** Logs in with the token or the client certificate of the kubeconfig in a secret of Secrets Manager. */
interface SecretLogin extends Partial<ServerAddress> {
  readonly login: 'secret';
  /** The kubeconfig also names the server if `server` is absent. */
  readonly secretArn: string;
}

/** Logs in with a token of the functions' role, which aws-iam-authenticator in the cluster verifies. */
interface AuthenticatorLogin extends ServerAddress {
  readonly login: 'awsIamAuthenticator';
  /** The ID of the cluster in the configuration of aws-iam-authenticator. */
  readonly clusterId: string;
}

const SECRET_ARN = /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,519}$/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g;

/** Removes what can be restored from certificates in PEM: the size of an environment is limited. */
export function compactCertificates(pem: string): string {
  return [...pem.matchAll(CERTIFICATE)]
    .map(([, base64 = '']) => base64.replaceAll(/\s/g, ''))
    .join(',');
}

/** Restores certificates in PEM from what {@link compactCertificates} returned. */
export function expandCertificates(compact: string): string {
  return compact
    .split(',')
    .map((base64) => new X509Certificate(Buffer.from(base64, 'base64')).toString())
    .join('');
}

/** Whether a text is an `https` URL that a cluster's API can have: without user, query and fragment. */
export function isServerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return protocol === 'https:' && `${username}${password}${search}${hash}` === '';
}

/** Parses the variable; undefined when it is malformed. */
export function parseClusterApi(text: string): ClusterApi | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isClusterApi(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isClusterApi(value: unknown): value is ClusterApi {
  if (!isRecord(value)) return false;
  const { server, certificateAuthority, login, secretArn, clusterId, ...rest } = value;
  const hasAddress = isAddress(server, certificateAuthority);
  const hasNoAddress = server === undefined && certificateAuthority === undefined;
  if (Object.keys(rest).length > 0) return false;
  return login === 'secret'
    ? isSecretArn(secretArn) && clusterId === undefined && (hasAddress || hasNoAddress)
    : login === 'awsIamAuthenticator' && isText(clusterId) && secretArn === undefined && hasAddress;
}

function isAddress(server: unknown, certificateAuthority: unknown): boolean {
  if (!isText(server) || !isServerUrl(server) || !isText(certificateAuthority)) return false;
  try {
    return expandCertificates(certificateAuthority) !== '';
  } catch {
    return false;
  }
}

function isSecretArn(value: unknown): boolean {
  return isText(value) && SECRET_ARN.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

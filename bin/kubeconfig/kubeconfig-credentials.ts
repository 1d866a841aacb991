import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { errorMessageOf } from '../../contract/errors.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import { impersonationHeaders } from './impersonation.ts';
import type { LoadedContext } from './kubeconfig-schema.ts';
import { oidcToken } from './oidc-token.ts';
import { runPlugin } from './run-plugin.ts';

/** Credentials for requests to the cluster. */
export interface KubeconfigCredentials {
  /** Certificate authority to verify the server, and the client certificate if there is one. */
  readonly tls: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> & {
    readonly servername?: string;
  };
  /** Contains `authorization`, unless a client certificate is used, and whom to impersonate. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** What identifies the user: one of a token or a password, and a client certificate. */
interface Identity {
  readonly authorization?: string | undefined;
  readonly cert?: Buffer | string | undefined;
  readonly key?: Buffer | string | undefined;
}

/**
 * Reads the credentials of a context, by the rules of kubectl: a token, a client certificate or a password, else those
 * of a plugin such as `aws eks get-token`, or of OpenID Connect.
 *
 * @param signal - ends a plugin that does not answer
 * @throws {ClusterSetupError} when there are none, when they contradict each other, or when they cannot be used
 */
export async function kubeconfigCredentials(
  context: LoadedContext,
  signal: AbortSignal,
): Promise<KubeconfigCredentials> {
  const { user, cluster } = context;
  assertConsistent(context);
  const impersonation = impersonationHeaders(context.name, user);
  const { authorization, cert, key } =
    staticIdentity(context) ?? (await dynamicIdentity(context, signal)) ?? noIdentity(context);
  const ca = fileOrData(context, 'certificate-authority', cluster);
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  assertUsable(context, tls);
  const servername = cluster['tls-server-name'];
  return {
    tls: { ...tls, ...(servername === undefined ? {} : { servername }) },
    headers: { ...impersonation, ...(authorization === undefined ? {} : { authorization }) },
  };
}

/** The combinations that kubectl rejects, because it is unclear which of them is meant. */
function assertConsistent({ name, user, cluster }: LoadedContext): void {
  const hasPassword = user.username !== undefined || user.password !== undefined;
  const conflicts: readonly (readonly [boolean, string])[] = [
    [user.token !== undefined && hasPassword, '"token" and "username"'],
    [user.tokenFile !== undefined && hasPassword, '"tokenFile" and "username"'],
    [Boolean(user.exec && user['auth-provider']), '"exec" and "auth-provider"'],
    ...(['client-certificate', 'client-key'] as const).map(
      (field) =>
        [Boolean(user[field] && user[`${field}-data`]), `"${field}" and "${field}-data"`] as const,
    ),
    [
      Boolean(cluster['certificate-authority'] && cluster['certificate-authority-data']),
      '"certificate-authority" and "certificate-authority-data"',
    ],
  ];
  const conflict = conflicts.find(([isPresent]) => isPresent);
  if (conflict === undefined) return;
  throw new ClusterSetupError(
    `context "${name}" has both ${conflict[1]}: remove one of them from the kubeconfig`,
  );
}

/** The identity in the kubeconfig itself. It has precedence over plugins, as in kubectl. */
function staticIdentity(context: LoadedContext): Identity | undefined {
  const { name, user } = context;
  const { username, password } = user;
  const token = staticToken(context);
  const cert = fileOrData(context, 'client-certificate', user);
  const key = fileOrData(context, 'client-key', user);
  if (cert !== undefined && key === undefined) {
    throw new ClusterSetupError(
      `context "${name}" has a client certificate without a key: set "client-key" or "client-key-data" in the kubeconfig`,
    );
  }
  const certificate = cert === undefined ? {} : { cert, key };
  if (token !== undefined) return { ...certificate, authorization: bearer(name, token) };
  if (username !== undefined || password !== undefined) {
    const pair = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
    return { ...certificate, authorization: `Basic ${pair}` };
  }
  return cert === undefined ? undefined : certificate;
}

/** The token of `tokenFile`; if that cannot be read or is empty, `token`. */
function staticToken({ name, user: { token, tokenFile } }: LoadedContext): string | undefined {
  if (tokenFile === undefined) return token;
  let problem = 'is empty';
  try {
    const contents = readFileSync(tokenFile, 'utf8').trim();
    if (contents !== '') return contents;
  } catch (error) {
    problem = `cannot be read: ${errorMessageOf(error)}`;
  }
  if (token !== undefined) return token;
  throw new ClusterSetupError(
    `the tokenFile ${tokenFile} of context "${name}" ${problem}. Write a token to it, or log in again.`,
  );
}

async function dynamicIdentity(
  context: LoadedContext,
  signal: AbortSignal,
): Promise<Identity | undefined> {
  const { name, user } = context;
  if (user.exec) {
    const { token, cert, key } = await runPlugin(user.exec, context, signal);
    return { cert, key, authorization: token === undefined ? undefined : bearer(name, token) };
  }
  const provider = user['auth-provider'];
  return provider ? { authorization: bearer(name, oidcToken(name, provider)) } : undefined;
}

function noIdentity({ name, user }: LoadedContext): never {
  throw new ClusterSetupError(
    `user "${user.name}" of context "${name}" has no credentials in the kubeconfig: log in to the cluster, or use another context; for EKS run: aws eks update-kubeconfig --name CLUSTER`,
  );
}

function bearer(context: string, token: string): string {
  // HTTP allows no other characters, and an error of the HTTP client may quote the token.
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  throw new ClusterSetupError(
    `the token of context "${context}" contains a line break or another character that no token has: log in again, or correct the kubeconfig`,
  );
}

/** Returns the certificate authority of a context as text; undefined if it names none. */
export function certificateAuthorityOf(
  context: Pick<LoadedContext, 'name' | 'cluster'>,
): string | undefined {
  return fileOrData(context, 'certificate-authority', context.cluster)?.toString();
}

function fileOrData<F extends string>(
  { name }: Pick<LoadedContext, 'name'>,
  field: F,
  fields: Readonly<Partial<Record<F | `${F}-data`, string | undefined>>>,
): Buffer | undefined {
  const file = fields[field];
  const data = fields[`${field}-data`];
  if (file === undefined) return data === undefined ? undefined : Buffer.from(data, 'base64');
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ClusterSetupError(
      `the ${field} of context "${name}" cannot be read: ${errorMessageOf(cause)}. Correct the kubeconfig.`,
      { cause },
    );
  }
}

const PEM_CERTIFICATE = '-----BEGIN CERTIFICATE-----';

/** Reports certificates that TLS cannot use by the name of their field. Node.js ignores authorities that are no PEM. */
function assertUsable({ name }: LoadedContext, tls: KubeconfigCredentials['tls']): void {
  const { ca } = tls;
  let problem: string | undefined;
  if (Buffer.isBuffer(ca) && !ca.includes(PEM_CERTIFICATE)) {
    problem = 'the certificate-authority is not a PEM certificate';
  } else {
    try {
      createSecureContext(tls);
    } catch (error) {
      problem = `the client certificate or its key cannot be used: ${errorMessageOf(error)}`;
    }
  }
  if (problem === undefined) return;
  throw new ClusterSetupError(`context "${name}": ${problem}. Recreate the kubeconfig.`);
}

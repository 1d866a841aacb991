import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import { printable } from '../../tools/terminal/printable.ts';
import type { LoadedContext } from './load-kubeconfig.ts';

/** What requests to the cluster are made with. */
export interface KubeconfigCredentials {
  /** For TLS: the authority to verify against, and a client's certificate where there is one. */
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername'>;
  /** `authorization` among them, unless the client's certificate says it all. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The credentials of a context, as the Kubernetes client reads them: a token, a client certificate, a password, or what a
 * plugin such as `aws eks get-token` says.
 *
 * @throws {ClusterSetupError} when there are none
 */
export async function kubeconfigCredentials({
  kubeconfig,
  name,
}: LoadedContext): Promise<KubeconfigCredentials> {
  if (kubeconfig.getCurrentUser() === null) {
    throw new ClusterSetupError(
      `context "${name}" names no user that the kubeconfig has: correct its "user", or make the kubeconfig anew`,
    );
  }
  const options: RequestOptions = {};
  try {
    await kubeconfig.applyToHTTPSOptions(options);
  } catch (cause) {
    throw credentialsFailed(kubeconfig, name, cause);
  }
  const { ca, cert, key, servername, auth } = options;
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
    },
    headers: {
      ...headersOf(options),
      ...(auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}),
    },
  };
}

function headersOf({ headers }: RequestOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([header, value]) => [header.toLowerCase(), String(value)]),
  );
}

/** Most of what a plugin says when it fails that is shown. */
const MOST_SAID = 500;

function credentialsFailed(kubeconfig: KubeConfig, context: string, cause: unknown) {
  const command = kubeconfig.getCurrentUser()?.exec?.command;
  const { code, syscall = '', message } = systemErrorOf(cause);
  const of = `context "${context}"`;
  if (command !== undefined && syscall.startsWith('spawn')) {
    return new ClusterSetupError(
      code === 'ENOENT'
        ? `${of} gets its credentials from the program "${command}", which is not installed or not on the PATH: install it, or use another context`
        : `${of} gets its credentials from the program "${command}", which cannot be run (${code})`,
      { cause },
    );
  }
  if (command === undefined || code !== undefined) {
    return new ClusterSetupError(`the credentials of ${of} cannot be read: ${message}`, { cause });
  }
  // What could not be parsed may hold a token.
  const said =
    cause instanceof SyntaxError || cause instanceof TypeError
      ? 'what it printed is no ExecCredential'
      : printable(message).trim().slice(0, MOST_SAID) || 'it said nothing';
  return new ClusterSetupError(
    `${of} gets its credentials from the program "${command}", which failed: ${said}. Run it by hand; for EKS, log in to AWS first.`,
    { cause },
  );
}

function systemErrorOf(cause: unknown): NodeJS.ErrnoException {
  return cause instanceof Error ? cause : new Error(String(cause));
}

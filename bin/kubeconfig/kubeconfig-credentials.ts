import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import { printable } from '../../tools/terminal/printable.ts';
import type { LoadedContext } from './load-kubeconfig.ts';

/** Credentials for requests to the cluster. */
export interface KubeconfigCredentials {
  /** Certificate authority to verify the server, and the client certificate if there is one. */
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername'>;
  /** Contains `authorization`, unless a client certificate is used. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads the credentials of a context with the Kubernetes client: a token, a client certificate, a password, or the
 * output of a plugin such as `aws eks get-token`.
 *
 * @throws {ClusterSetupError} when there are none
 */
export async function kubeconfigCredentials({
  kubeconfig,
  name,
}: LoadedContext): Promise<KubeconfigCredentials> {
  if (kubeconfig.getCurrentUser() === null) {
    throw new ClusterSetupError(
      `context "${name}" refers to a user that the kubeconfig does not contain: correct its "user", or recreate the kubeconfig`,
    );
  }
  const options: RequestOptions = {};
  try {
    await kubeconfig.applyToHTTPSOptions(options);
  } catch (cause) {
    throw credentialsError(kubeconfig, name, cause);
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

/** Maximum length of a plugin's error output in a message. */
const MAX_PLUGIN_OUTPUT_LENGTH = 500;

function credentialsError(kubeconfig: KubeConfig, context: string, cause: unknown) {
  const command = kubeconfig.getCurrentUser()?.exec?.command;
  const error: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error(String(cause));
  const { code, syscall = '', message } = error;
  const plugin = `credential plugin "${command}" of context "${context}"`;
  if (command !== undefined && syscall.startsWith('spawn')) {
    return setupError(
      code === 'ENOENT'
        ? `${plugin} is not installed or not on the PATH: install it, or use another context`
        : `${plugin} cannot be run (${code})`,
      cause,
    );
  }
  if (command === undefined || code !== undefined) {
    return setupError(`the credentials of context "${context}" cannot be read: ${message}`, cause);
  }
  // Output that cannot be parsed may contain a token.
  const reason =
    cause instanceof SyntaxError || cause instanceof TypeError
      ? 'its output is not an ExecCredential'
      : printable(message).trim().slice(0, MAX_PLUGIN_OUTPUT_LENGTH) || 'no error output';
  return setupError(
    `${plugin} failed: ${reason}. Run it yourself to see the problem; for EKS, log in to AWS first.`,
    cause,
  );
}

function setupError(message: string, cause: unknown): ClusterSetupError {
  return new ClusterSetupError(message, { cause });
}

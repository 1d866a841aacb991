import { setTimeout } from 'node:timers/promises';
import { EnvHttpProxyAgent } from 'undici';
import { VERSION } from '../../contract/version.ts';
import { exchange } from '../../kubernetes/connection/http-exchange.ts';
import {
  type RetryCause,
  type RetryDeps,
  sendWithRetries,
} from '../../kubernetes/connection/retry.ts';
import type {
  ApiRequest,
  ApiResponse,
  ClosableConnection,
} from '../../kubernetes/kubernetes-connection.ts';
import { type KubeconfigCredentials, kubeconfigCredentials } from './kubeconfig-credentials.ts';
import { credentialsRejected, unreachable } from './kubeconfig-errors.ts';
import type { LoadedContext } from './load-kubeconfig.ts';
import { proxyFor } from './proxy.ts';

/** Maximum retries of one request, by cause. A user who waits prefers an error to more retries. */
const MAX_RETRIES: Readonly<Record<RetryCause, number>> = {
  unauthorized: 0,
  busy: 3,
  broken: 1,
  unreachable: 0,
  slow: 0,
};

const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 10_000;

const SYSTEM: RetryDeps = {
  now: () => new Date(),
  random: Math.random,
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
};

/**
 * Connects to the cluster of a context, through the proxy of the kubeconfig or the environment. The server's certificate
 * is always verified, even if `NODE_TLS_REJECT_UNAUTHORIZED` is 0.
 *
 * @throws {ClusterSetupError} when the context has no credentials
 */
export async function connectKubeconfig(
  context: LoadedContext,
  deps: RetryDeps = SYSTEM,
): Promise<ClosableConnection> {
  const credentials = await kubeconfigCredentials(context);
  const agent = createAgent(context, credentials);
  const { origin, pathname } = new URL(context.cluster.server);
  const send = ({ path, headers, body, ...request }: ApiRequest): Promise<ApiResponse> =>
    exchange(agent, {
      ...request,
      origin,
      path: pathname === '/' ? path : pathname + path,
      headers: { ...headers, ...credentials.headers, 'user-agent': `kube-aws-iam/${VERSION}` },
      body,
    });
  return {
    send: (request) =>
      sendWithRetries(deps, {
        maxRetries: MAX_RETRIES,
        signal: request.signal,
        prepare: async () => undefined,
        send: () => send(request),
        errorOf: (failure) =>
          failure.cause === 'unauthorized'
            ? credentialsRejected(context, failure.response)
            : unreachable(context, failure.cause, failure.error),
      }),
    close: () => agent.close(),
  };
}

function createAgent(
  { cluster }: LoadedContext,
  { tls }: KubeconfigCredentials,
): EnvHttpProxyAgent {
  const proxy = proxyFor(cluster);
  const verified = { ...tls, rejectUnauthorized: true, timeout: CONNECT_TIMEOUT_MS };
  return new EnvHttpProxyAgent({
    allowH2: false,
    connections: MAX_CONNECTIONS,
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
    connect: verified,
    requestTls: verified,
    // The server is always https, so HTTP_PROXY does not apply.
    httpProxy: '',
    httpsProxy: proxy?.url ?? '',
    ...(proxy?.source === 'kubeconfig' ? { noProxy: '' } : {}),
  });
}

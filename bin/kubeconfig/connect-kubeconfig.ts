import { setTimeout } from 'node:timers/promises';
import { RefresherError } from '../../contract/errors.ts';
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
import { createAgent } from '../proxy/create-agent.ts';
import { environmentProxy, kubeconfigProxy, type ProxyServer } from '../proxy/proxy.ts';
import { kubeconfigCredentials } from './kubeconfig-credentials.ts';
import { credentialsRejected, unreachable } from './kubeconfig-errors.ts';
import type { LoadedContext } from './kubeconfig-schema.ts';

/** Maximum retries of one request, by cause. A user who waits prefers an error to more retries. */
const MAX_RETRIES: Readonly<Record<RetryCause, number>> = {
  unauthorized: 0,
  busy: 3,
  broken: 1,
  unreachable: 0,
  slow: 0,
};

const RESPONSE_TIMEOUT_MS = 30_000;

/** Maximum wait for a credential plugin, in milliseconds. On a terminal it may ask for a code, or open a browser. */
const PLUGIN_TIMEOUT_MS = { terminal: 300_000, script: 60_000 };

const SYSTEM: RetryDeps = {
  now: () => new Date(),
  random: Math.random,
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
};

interface ConnectOptions {
  readonly deps?: RetryDeps;
  readonly pluginSignal?: AbortSignal | undefined;
}

/**
 * Connects to the cluster of a context, through the proxy of the kubeconfig or the environment. The server's certificate
 * is always verified, even if `NODE_TLS_REJECT_UNAUTHORIZED` is 0.
 *
 * @param options.pluginSignal - ends a credential plugin that does not answer
 * @throws {ClusterSetupError} when the context has no usable credentials
 * @throws {ProxyError} when the proxy is not a URL
 */
export async function connectKubeconfig(
  context: LoadedContext,
  { deps = SYSTEM, pluginSignal = pluginTimeout() }: ConnectOptions = {},
): Promise<ClosableConnection> {
  const proxy = proxyOf(context);
  const credentials = await kubeconfigCredentials(context, pluginSignal);
  const agent = createAgent(proxy, credentials.tls, RESPONSE_TIMEOUT_MS);
  const { origin, pathname } = new URL(context.cluster.server);
  const send = ({ path, headers, body, ...request }: ApiRequest): Promise<ApiResponse> =>
    exchange(agent, {
      ...request,
      origin,
      path: pathname.replace(/\/$/, '') + path,
      headers: { ...headers, ...credentials.headers, 'user-agent': `kube-aws-iam/${VERSION}` },
      body,
    });
  const sendAndRetry = (request: ApiRequest) =>
    sendWithRetries(deps, {
      maxRetries: MAX_RETRIES,
      signal: request.signal,
      prepare: async () => undefined,
      send: () => send(request),
      errorOf: (failure) =>
        failure.cause === 'unauthorized'
          ? credentialsRejected(context, failure.response)
          : unreachable({ ...context, proxy }, failure.cause, failure.error),
    });
  return {
    async send(request) {
      try {
        return await sendAndRetry(request);
      } catch (error) {
        if (proxy === undefined || error instanceof RefresherError) throw error;
        request.signal.throwIfAborted();
        // The proxy refused the connection: not an error that the server could cause.
        throw unreachable({ ...context, proxy }, 'unreachable', error);
      }
    },
    close: () => agent.close(),
  };
}

/** Returns the proxy that kubectl would use for a cluster: that of the kubeconfig, else that of the environment. */
function proxyOf({ cluster }: LoadedContext): ProxyServer | undefined {
  const configured = cluster['proxy-url'];
  return configured === undefined
    ? environmentProxy(new URL(cluster.server))
    : kubeconfigProxy(configured);
}

/** Aborts when a user, or a script, has waited long enough for a credential plugin. */
function pluginTimeout(): AbortSignal {
  const { terminal, script } = PLUGIN_TIMEOUT_MS;
  return AbortSignal.timeout(process.stdin.isTTY ? terminal : script);
}

import { setTimeout } from 'node:timers/promises';
import { EnvHttpProxyAgent } from 'undici';
import { VERSION } from '../../contract/version.ts';
import { connectionFailureOf } from '../../kubernetes/connection/connection-failure.ts';
import { exchange } from '../../kubernetes/connection/http-exchange.ts';
import { type RetryDelayDeps, retryDelay } from '../../kubernetes/connection/retry-delay.ts';
import type {
  ApiRequest,
  ApiResponse,
  KubernetesConnection,
} from '../../kubernetes/kubernetes-connection.ts';
import { type KubeconfigCredentials, kubeconfigCredentials } from './kubeconfig-credentials.ts';
import { notKnown, notReached } from './kubeconfig-errors.ts';
import type { LoadedContext } from './load-kubeconfig.ts';
import { proxyOf } from './proxy-of.ts';

/** How often a request is tried when the server is busy, and when a connection breaks. */
const TRIES = { busy: 4, broken: 2 } as const;

const CONNECTIONS = 8;
const CONNECT_TIMEOUT_MILLISECONDS = 10_000;

const UNAUTHORIZED = 401;

/** What waiting takes. */
export interface ConnectDeps extends RetryDelayDeps {
  /** Waits; rejects when the signal comes first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const THIS_MACHINE: ConnectDeps = {
  now: () => new Date(),
  random: Math.random,
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
};

/** A connection that ends, so that the process does. */
export interface KubeconfigConnection extends KubernetesConnection {
  close(): Promise<void>;
}

/**
 * Connects to the cluster of a context, through the proxy that the context or the environment names. The server's
 * certificate is verified, whatever the environment says.
 *
 * @throws {ClusterSetupError} when the context has no credentials
 */
export async function connectKubeconfig(
  context: LoadedContext,
  deps: ConnectDeps = THIS_MACHINE,
): Promise<KubeconfigConnection> {
  const credentials = await kubeconfigCredentials(context);
  const agent = agentOf(context, credentials);
  const { origin, pathname } = new URL(context.cluster.server);
  const sendOnce = ({ path, headers, body, ...request }: ApiRequest): Promise<ApiResponse> =>
    exchange(agent, {
      ...request,
      origin,
      path: pathname === '/' ? path : pathname + path,
      headers: { ...headers, ...credentials.headers, 'user-agent': `kube-aws-iam/${VERSION}` },
      body,
    });
  return {
    send: (request) => sendWithRetries({ ...deps, context, send: sendOnce }, request),
    close: () => agent.close(),
  };
}

function agentOf({ cluster }: LoadedContext, { tls }: KubeconfigCredentials): EnvHttpProxyAgent {
  const proxy = proxyOf(cluster);
  const verified = { ...tls, rejectUnauthorized: true, timeout: CONNECT_TIMEOUT_MILLISECONDS };
  return new EnvHttpProxyAgent({
    allowH2: false,
    connections: CONNECTIONS,
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
    connect: verified,
    requestTls: verified,
    // A proxy for plain HTTP is none for this.
    httpProxy: '',
    httpsProxy: proxy?.url ?? '',
    ...(proxy?.source === 'kubeconfig' ? { noProxy: '' } : {}),
  });
}

/** A context, and the way to its cluster. */
interface Line extends ConnectDeps {
  readonly context: LoadedContext;
  readonly send: (request: ApiRequest) => Promise<ApiResponse>;
}

async function sendWithRetries(line: Line, request: ApiRequest): Promise<ApiResponse> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await sendAndReach(line, request);
    if (response.status === UNAUTHORIZED) throw notKnown(line.context, response);
    if (!isBusy(response) || attempt === TRIES.busy) return response;
    const delay = retryDelay(line, attempt, response.headers['retry-after']);
    await line.sleep(delay, request.signal);
  }
}

function isBusy({ status }: ApiResponse): boolean {
  return status === 429 || status >= 500;
}

/** Sends until there is an answer. */
async function sendAndReach({ context, send }: Line, request: ApiRequest): Promise<ApiResponse> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(request);
    } catch (error) {
      const failure = connectionFailureOf(error);
      if (failure === undefined) throw error;
      if (failure !== 'broken' || attempt === TRIES.broken) {
        throw notReached(context, failure, error);
      }
    }
  }
}

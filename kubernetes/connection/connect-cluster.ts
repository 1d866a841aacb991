import type { Agent } from 'undici';
import { errorMessageOf } from '../../contract/errors.ts';
import { HTTP_STATUS } from '../../contract/http-status.ts';
import { abortable, type CachedValue } from '../cached-value.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../errors.ts';
import type { ApiRequest, ApiResponse, ClosableConnection } from '../kubernetes-connection.ts';
import type { ClusterAddress } from './cluster-address.ts';
import type { ClientCertificate, ClusterCredentials } from './cluster-credentials.ts';
import { type ConnectionFailure, FAILURE_TEXT } from './connection-failure.ts';
import { createAgent, exchange } from './http-exchange.ts';
import { type RetryCause, type RetryDeps, sendWithRetries } from './retry.ts';

/** How to reach a cluster, how to log in to it, and what may help when that fails. */
export interface ClusterAccess<Address extends ClusterAddress = ClusterAddress> {
  readonly endpoint: CachedValue<Address>;
  readonly credentials: CachedValue<ClusterCredentials>;
  readonly remedies: ConnectionRemedies<Address>;
}

/** What may help when a connection fails. It depends on where the address and the credentials come from. */
export interface ConnectionRemedies<Address extends ClusterAddress = ClusterAddress> {
  /** Returns the cause and the remedy, as sentences, when the cluster has rejected credentials twice (401). */
  rejected(credentials: ClusterCredentials): string;
  /** Returns sentences that follow the cause. */
  unreachable(failure: FailedConnection, address: Address, credentials: ClusterCredentials): string;
}

/** How and why connections failed. */
export interface FailedConnection {
  readonly failure: ConnectionFailure;
  readonly cause: unknown;
}

export interface ConnectClusterDeps<Address extends ClusterAddress = ClusterAddress>
  extends RetryDeps,
    ClusterAccess<Address> {
  readonly clusterName: string;
  /** The product's version, for the cluster's audit log. */
  readonly version: string;
  /** Called after each request, retries included. */
  countCall(isThrottled: boolean): void;
}

/** Maximum retries of one request, by cause. */
const MAX_RETRIES: Readonly<Record<RetryCause, number>> = {
  unauthorized: 1,
  busy: 5,
  broken: 3,
  unreachable: 1,
  slow: 1,
};

/**
 * Connects to the cluster at the first request. Each cause of a failure is repaired before a retry: rejected credentials
 * are replaced, an unreachable address is looked up again, broken connections are replaced, and a busy server (429, 5xx)
 * gets the time that it asks for.
 */
export function connectCluster<Address extends ClusterAddress>(
  deps: ConnectClusterDeps<Address>,
): ClosableConnection {
  const { endpoint, credentials, remedies, version, countCall } = deps;
  const pools = currentPool<Address>(deps.now);
  return {
    send: (request) =>
      sendWithRetries(deps, {
        maxRetries: MAX_RETRIES,
        signal: request.signal,
        async prepare() {
          const both = Promise.all([endpoint.get(), credentials.get()]);
          const [address, login] = await abortable(both, request.signal);
          return { pool: pools.get(address, login), login };
        },
        send: ({ pool, login }) => sendOnce(pool, login, version, request),
        attempted: (response) => countCall(response?.status === HTTP_STATUS.tooManyRequests),
        repair(cause, { pool, login }) {
          if (cause === 'unauthorized') return credentials.invalidate(login);
          // Where one connection broke, the idle ones next to it did too.
          pools.discard(pool);
          if (cause === 'unreachable') endpoint.invalidate(pool.address);
        },
        errorOf: (failed, { pool, login }) =>
          failed.cause === 'unauthorized'
            ? new ClusterSetupError(remedies.rejected(login))
            : unreachable(deps, pool.address, login, {
                failure: failed.cause,
                cause: failed.error,
              }),
      }),
    close: () => pools.close(),
  };
}

function sendOnce(
  { agent, origin, basePath }: ConnectionPool<ClusterAddress>,
  login: ClusterCredentials,
  version: string,
  { method, path, headers, body, maxResponseBytes, signal }: ApiRequest,
): Promise<ApiResponse> {
  const authorization = 'value' in login ? { authorization: `Bearer ${login.value}` } : {};
  const own = { ...authorization, 'user-agent': `kube-aws-iam/${version}` };
  return exchange(agent, {
    origin,
    method,
    path: `${basePath}${path}`,
    headers: { ...headers, ...own },
    body,
    maxResponseBytes,
    signal,
  });
}

/** Open connections to one address of the cluster, with one client certificate or none. */
interface ConnectionPool<Address extends ClusterAddress> {
  readonly address: Address;
  readonly origin: string;
  /** Path of the address; empty for `/`. */
  readonly basePath: string;
  readonly certificate: string | undefined;
  readonly agent: Agent;
}

interface CurrentPool<Address extends ClusterAddress> {
  get(address: Address, login: ClusterCredentials): ConnectionPool<Address>;
  /** Replaces a pool if it still is the current one. Requests in flight on it may complete. */
  discard(pool: ConnectionPool<Address>): void;
  close(): Promise<void>;
}

/**
 * Connections that were idle for longer are not used again. The API server has closed them by then (after 90 s), and a
 * load balancer or security group drops idle ones silently (after 350 s). A frozen function notices neither, and a
 * request on such a connection would only end with its timeout.
 */
const MAX_IDLE_MS = 85_000;

/** Keeps one pool open, and replaces it when the address or the certificate changes or the pool was idle for too long. */
function currentPool<Address extends ClusterAddress>(now: () => Date): CurrentPool<Address> {
  let current: ConnectionPool<Address> | undefined;
  let usedAt = 0;

  function discard(pool: ConnectionPool<Address>): void {
    if (current !== pool) return;
    current = undefined;
    void pool.agent.close();
  }

  return {
    get(address, login) {
      const at = now().getTime();
      const wasIdle = at - usedAt > MAX_IDLE_MS;
      const certificate = 'certificate' in login ? login : undefined;
      const isOther =
        current?.address !== address || current.certificate !== certificate?.certificate;
      if (current !== undefined && (wasIdle || isOther)) discard(current);
      usedAt = at;
      current ??= openPool(address, certificate);
      return current;
    },
    discard,
    async close() {
      await current?.agent.close();
      current = undefined;
    },
  };
}

function openPool<Address extends ClusterAddress>(
  address: Address,
  login: ClientCertificate | undefined,
): ConnectionPool<Address> {
  const { origin, pathname } = new URL(address.url);
  return {
    address,
    origin,
    basePath: pathname.replace(/\/+$/, ''),
    certificate: login?.certificate,
    agent: createAgent(address.certificateAuthority, login),
  };
}

function unreachable<Address extends ClusterAddress>(
  { clusterName, remedies }: Pick<ConnectClusterDeps<Address>, 'clusterName' | 'remedies'>,
  address: Address,
  credentials: ClusterCredentials,
  failure: FailedConnection,
): ClusterUnreachableError {
  const { cause } = failure;
  const what = `Cluster "${clusterName}" at ${address.url} ${FAILURE_TEXT[failure.failure]}: ${errorMessageOf(cause)}`;
  const remedy = remedies.unreachable(failure, address, credentials);
  return new ClusterUnreachableError(`${what}. ${remedy}`, { cause });
}

import type { Agent } from 'undici';
import { errorMessageOf } from '../../contract/errors.ts';
import { HTTP_STATUS } from '../../contract/http-status.ts';
import { REFRESHERS_GROUP } from '../../contract/kubernetes/cluster-access.ts';
import { abortable, type CachedValue } from '../cached-value.ts';
import type { ClusterAddress } from '../eks/cluster-endpoint.ts';
import type { BearerToken } from '../eks/eks-token.ts';
import { type AccessProblem, accessProblem, type FunctionNetwork } from '../eks/endpoint-access.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../errors.ts';
import type { ApiRequest, ApiResponse, ClosableConnection } from '../kubernetes-connection.ts';
import {
  type ConnectionFailure,
  FAILURE_TEXT,
  isCertificateFailure,
  isTlsFailure,
  isUnknownAuthority,
} from './connection-failure.ts';
import { createAgent, exchange } from './http-exchange.ts';
import { type RetryCause, type RetryDeps, sendWithRetries } from './retry.ts';

export interface ConnectClusterDeps extends RetryDeps {
  readonly clusterName: string;
  readonly endpoint: CachedValue<ClusterAddress>;
  readonly token: CachedValue<BearerToken>;
  /** The network of the function, for the remedy of an unreachable endpoint. @default - outside of any VPC */
  readonly network?: FunctionNetwork | undefined;
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
 * Connects to the cluster at the first request. Each cause of a failure is repaired before a retry: a rejected token is
 * replaced, an unreachable address is looked up again, broken connections are replaced, and a busy server (429, 5xx)
 * gets the time that it asks for.
 */
export function connectCluster(deps: ConnectClusterDeps): ClosableConnection {
  const { clusterName, endpoint, token, version, countCall } = deps;
  const pools = currentPool(endpoint, deps.now);
  return {
    send: (request) =>
      sendWithRetries(deps, {
        maxRetries: MAX_RETRIES,
        signal: request.signal,
        async prepare() {
          const both = Promise.all([pools.get(), token.get()]);
          const [pool, bearer] = await abortable(both, request.signal);
          return { pool, bearer };
        },
        send: ({ pool, bearer }) => sendOnce(pool, bearer, version, request),
        attempted: (response) => countCall(response?.status === HTTP_STATUS.tooManyRequests),
        repair(cause, { pool, bearer }) {
          if (cause === 'unauthorized') return token.invalidate(bearer);
          // Where one connection broke, the idle ones next to it did too.
          pools.discard(pool);
          if (cause === 'unreachable') endpoint.invalidate(pool.address);
        },
        errorOf: (failure, { pool }) =>
          failure.cause === 'unauthorized'
            ? tokenRejected(clusterName)
            : unreachable(deps, pool.address, failure.cause, failure.error),
      }),
    close: () => pools.close(),
  };
}

function sendOnce(
  { agent, address }: ConnectionPool,
  { value: token }: BearerToken,
  version: string,
  { method, path, headers, body, maxResponseBytes, signal }: ApiRequest,
): Promise<ApiResponse> {
  const own = { authorization: `Bearer ${token}`, 'user-agent': `kube-aws-iam/${version}` };
  return exchange(agent, {
    origin: address.url,
    method,
    path,
    headers: { ...headers, ...own },
    body,
    maxResponseBytes,
    signal,
  });
}

/** Open connections to one address of the cluster. */
interface ConnectionPool {
  readonly address: ClusterAddress;
  readonly agent: Agent;
}

interface CurrentPool {
  get(): Promise<ConnectionPool>;
  /** Replaces a pool if it still is the current one. Requests in flight on it may complete. */
  discard(pool: ConnectionPool): void;
  close(): Promise<void>;
}

/**
 * Connections that were idle for longer are not used again. The API server has closed them by then (after 90 s), and a
 * load balancer or security group drops idle ones silently (after 350 s). A frozen function notices neither, and a
 * request on such a connection would only end with its timeout.
 */
const MAX_IDLE_MS = 85_000;

/** Keeps one pool open, and replaces it when the address changes or the pool was idle for too long. */
function currentPool(endpoint: CachedValue<ClusterAddress>, now: () => Date): CurrentPool {
  let current: ConnectionPool | undefined;
  let usedAt = 0;

  function discard(pool: ConnectionPool): void {
    if (current !== pool) return;
    current = undefined;
    void pool.agent.close();
  }

  return {
    async get() {
      const address = await endpoint.get();
      const at = now().getTime();
      const wasIdle = at - usedAt > MAX_IDLE_MS;
      if (current !== undefined && (wasIdle || current.address !== address)) discard(current);
      usedAt = at;
      current ??= { address, agent: createAgent(address.certificateAuthority) };
      return current;
    },
    discard,
    async close() {
      await current?.agent.close();
      current = undefined;
    },
  };
}

function tokenRejected(clusterName: string): ClusterSetupError {
  return new ClusterSetupError(
    [
      `Cluster "${clusterName}" does not accept the refresher's role: it rejected two tokens (401).`,
      `The cluster needs an access entry with group ${REFRESHERS_GROUP} for the role in the stack's output RefresherRoleArn;`,
      `list them with: aws eks list-access-entries --cluster-name ${clusterName}.`,
      'If the role was deleted and recreated, recreate its access entry too.',
    ].join(' '),
  );
}

function unreachable(
  { clusterName, network }: Pick<ConnectClusterDeps, 'clusterName' | 'network'>,
  { url, access }: ClusterAddress,
  failure: ConnectionFailure,
  cause: unknown,
): ClusterUnreachableError {
  const problem = access && accessProblem(clusterName, access, network);
  const remedy = remedyFor(failure, cause, problem);
  return new ClusterUnreachableError(
    `Cluster "${clusterName}" at ${url} ${FAILURE_TEXT[failure]}: ${errorMessageOf(cause)}. ${remedy}`,
    { cause },
  );
}

function remedyFor(
  failure: ConnectionFailure,
  cause: unknown,
  problem: AccessProblem | undefined,
): string {
  if (isUnknownAuthority(cause)) {
    return 'Its certificate is not signed by the authority that EKS names: something between the function and the cluster answers in its place.';
  }
  if (isCertificateFailure(cause)) {
    return 'The authority that EKS names has signed its certificate, which is not valid for this time or this host: wait until EKS has renewed it, or ask AWS Support.';
  }
  if (isTlsFailure(cause)) {
    return 'Something that does not speak TLS answers in its place: check the proxies and firewalls between the function and the cluster.';
  }
  if (failure === 'unreachable' && problem) {
    const doubt =
      ' If it has worked before, the API server may be down; the next pass tries again.';
    return `${problem.cause}. ${problem.remedy}.${problem.isCertain ? '' : doubt}`;
  }
  if (failure === 'unreachable') {
    return 'The next pass tries again. If the error persists, check the status of the cluster, and that of EKS in its Region.';
  }
  return 'The next pass tries again. If the error persists, check the load of the control plane and the network between it and the function.';
}

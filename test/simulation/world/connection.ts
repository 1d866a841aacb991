import { ClusterUnreachableError } from '../../../kubernetes/errors.ts';
import type {
  ApiRequest,
  ApiResponse,
  KubernetesConnection,
} from '../../../kubernetes/kubernetes-connection.ts';
import type { BodyResponse } from '../../../local/kubernetes/requests/http-response.ts';
import { faultResponse } from '../../../local/kubernetes/server/fault-response.ts';
import type { SimulatedCluster } from './cluster.ts';
import type { ActiveFaults } from './fault-injection.ts';
import { latency, type Network } from './network.ts';
import type { Random } from './random.ts';

interface ConnectionDeps {
  readonly cluster: SimulatedCluster;
  readonly network: Network;
  readonly random: Random;
  readonly faults: ActiveFaults;
  readonly onCall?: ((call: 'api', namespace: string | undefined) => void) | undefined;
}

const NAMESPACE = /\/namespaces\/([^/?]+)/;

const USUAL_MS = 20;
/** How long the product retries before it fails, if the server is unreachable or returns errors. */
const RETRY_MS = { unreachable: 6_000, error: 9_000 };
const SLOW_MS = 1_500;
/** Small pages, so that lists in small clusters have several. The API may return fewer items than `limit`. */
const PODS_PAGE = /\/pods\?limit=\d+/;
const SMALL_PODS_PAGE = '/pods?limit=20';

/**
 * Simulates the connection to the cluster: returns the result of a request after the product's retries, which other tests cover
 * with real servers.
 */
export function simulatedConnection(deps: ConnectionDeps): KubernetesConnection {
  const { cluster, network, random, faults } = deps;
  return {
    send(original) {
      const { signal } = original;
      deps.onCall?.('api', NAMESPACE.exec(original.path)?.[1]);
      const request = { ...original, path: original.path.replace(PODS_PAGE, SMALL_PODS_PAGE) };
      if (faults.has('api-down')) return network.call(RETRY_MS.unreachable, unreachable, signal);
      const refusal = injectedError(deps, request);
      if (refusal !== undefined) return network.call(RETRY_MS.error, () => refusal, signal);
      const isLost = faults.has('responses-lost') && random.chance(0.1);
      // A retry may find that the first attempt took effect.
      const isRetried = random.chance(0.5);
      const usual = faults.has('api-slow') ? SLOW_MS : USUAL_MS;
      const perform = (): ApiResponse => {
        const answer = cluster.asProduct(request);
        if (!isLost) return responseOf(answer);
        return isRetried ? responseOf(cluster.asProduct(request)) : unreachable();
      };
      return network.call(latency(random, usual), perform, signal);
    },
  };
}

function unreachable(): never {
  throw new ClusterUnreachableError('the simulated cluster cannot be reached');
}

/** Returns the error that a fault injects instead of the response; undefined if none does. */
function injectedError(
  { random, faults }: ConnectionDeps,
  request: ApiRequest,
): ApiResponse | undefined {
  const { searchParams } = new URL(request.path, 'https://cluster');
  if (faults.has('api-errors') && random.chance(0.05)) {
    return errorResponse(searchParams, random.pick([500, 502, 503, 504]));
  }
  if (faults.has('api-throttles') && random.chance(0.05)) return errorResponse(searchParams, 429);
  const isLaterPage = searchParams.has('continue') && /\/pods\?/.test(request.path);
  if (isLaterPage && faults.has('pages-fail')) return errorResponse(searchParams, 500);
  if (isLaterPage && faults.has('tokens-expired') && random.chance(0.7)) {
    const expired = faultResponse({ kind: 'expire' }, searchParams, undefined);
    return expired?.kind === 'json' ? responseOf(expired) : undefined;
  }
  return undefined;
}

function errorResponse(query: URLSearchParams, status: number): ApiResponse {
  const answer = faultResponse({ kind: 'refuse', status }, query, undefined);
  if (answer === undefined || answer.kind === 'stream')
    throw new Error(`no response for ${status}`);
  return responseOf(answer);
}

const TYPES = { json: 'application/json', text: 'text/plain; charset=utf-8' };

function responseOf({ kind, status, body, headers }: BodyResponse): ApiResponse {
  return {
    status,
    headers: { 'content-type': TYPES[kind], ...headers },
    body: Buffer.from(body),
  };
}

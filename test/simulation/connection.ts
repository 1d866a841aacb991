import { ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { ApiRequest, ApiResponse, KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { BodyAnswer } from '../../local/kubernetes/requests/answer.ts';
import { faultAnswer } from '../../local/kubernetes/server/fault-answer.ts';
import type { SimulatedCluster } from './cluster.ts';
import type { Random } from './random.ts';
import type { ActiveFaults } from './fault-injection.ts';
import { latency, type Network } from './network.ts';

export interface ConnectionDeps {
  readonly cluster: SimulatedCluster;
  readonly network: Network;
  readonly random: Random;
  readonly faults: ActiveFaults;
}

const USUAL_MS = 20;
/** How long the product's own tries take before it gives a server up that is away, or answers with errors. */
const RETRY_MS = { away: 6_000, busy: 9_000 };
const SLOW_MS = 1_500;
/** A page may be smaller than was asked for; so lists of the pods of clusters as small as these have several. */
const PODS_PAGE = /\/pods\?limit=\d+/;
const SMALL_PODS_PAGE = '/pods?limit=20';

/**
 * A connection of one run to the cluster: what comes of a request after the tries that the product makes of it, which are
 * tested on servers.
 */
export function simulatedConnection(deps: ConnectionDeps): KubernetesConnection {
  const { cluster, network, random, faults } = deps;
  return {
    send(asked) {
      const { signal } = asked;
      const request = { ...asked, path: asked.path.replace(PODS_PAGE, SMALL_PODS_PAGE) };
      if (faults.has('api-down')) return network.call(RETRY_MS.away, unreachable, signal);
      const refusal = injectedError(deps, request);
      if (refusal !== undefined) return network.call(RETRY_MS.busy, () => refusal, signal);
      const isLost = faults.has('answers-lost') && random.chance(0.1);
      // It may also be tried again, and find that it was carried out.
      const isTriedAgain = random.chance(0.5);
      const usual = faults.has('api-slow') ? SLOW_MS : USUAL_MS;
      const perform = (): ApiResponse => {
        const answer = cluster.asProduct(request);
        if (!isLost) return responseOf(answer);
        return isTriedAgain ? responseOf(cluster.asProduct(request)) : unreachable();
      };
      return network.call(latency(random, usual), perform, signal);
    },
  };
}

function unreachable(): never {
  throw new ClusterUnreachableError('the simulated cluster cannot be reached');
}

/** What the server answers in place of what was asked for. */
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
  if (isLaterPage && faults.has('history-forgotten') && random.chance(0.7)) {
    const expired = faultAnswer({ kind: 'expire' }, searchParams, undefined);
    return expired?.kind === 'json' ? responseOf(expired) : undefined;
  }
  return undefined;
}

function errorResponse(query: URLSearchParams, status: number): ApiResponse {
  const answer = faultAnswer({ kind: 'refuse', status }, query, undefined);
  if (answer === undefined || answer.kind === 'stream') throw new Error(`no answer for ${status}`);
  return responseOf(answer);
}

const TYPES = { json: 'application/json', text: 'text/plain; charset=utf-8' };

function responseOf({ kind, status, body, headers }: BodyAnswer): ApiResponse {
  return {
    status,
    headers: { 'content-type': TYPES[kind], ...headers },
    body: Buffer.from(body),
  };
}

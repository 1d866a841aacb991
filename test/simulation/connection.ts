import { ClusterUnreachableError } from '../../kubernetes/errors.ts';
import type { ApiRequest, ApiResponse, KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { BodyAnswer } from '../../local/kubernetes/server/answer.ts';
import { faultAnswer } from '../../local/kubernetes/server/fault-answer.ts';
import type { SimulatedCluster } from './cluster.ts';
import type { Random } from './random.ts';
import type { Troubles } from './trouble.ts';
import { latency, type Wire } from './wire.ts';

export interface ConnectionDeps {
  readonly cluster: SimulatedCluster;
  readonly wire: Wire;
  readonly random: Random;
  readonly troubles: Troubles;
}

const USUAL_MILLISECONDS = 20;
/** How long the product's own tries take before it gives a server up that is away, or answers with errors. */
const TRYING_MILLISECONDS = { away: 6_000, busy: 9_000 };
const SLOW_MILLISECONDS = 1_500;
/** A page may be smaller than was asked for; so lists of the pods of clusters as small as these have several. */
const WHOLE_PAGE_OF_PODS = /\/pods\?limit=\d+/;
const PAGE_OF_PODS = '/pods?limit=20';

/**
 * A connection of one run to the cluster: what comes of a request after the tries that the product makes of it, which are
 * tested on servers.
 */
export function simulatedConnection(deps: ConnectionDeps): KubernetesConnection {
  const { cluster, wire, random, troubles } = deps;
  return {
    send(asked) {
      const { signal } = asked;
      const request = { ...asked, path: asked.path.replace(WHOLE_PAGE_OF_PODS, PAGE_OF_PODS) };
      if (troubles.is('api-down')) return wire.call(TRYING_MILLISECONDS.away, away, signal);
      const refusal = refusalOf(deps, request);
      if (refusal !== undefined) return wire.call(TRYING_MILLISECONDS.busy, () => refusal, signal);
      const isLost = troubles.is('answers-lost') && random.chance(0.1);
      // It may also be tried again, and find that it was carried out.
      const isTriedAgain = random.chance(0.5);
      const usual = troubles.is('api-slow') ? SLOW_MILLISECONDS : USUAL_MILLISECONDS;
      const perform = (): ApiResponse => {
        const answer = cluster.asProduct(request);
        if (!isLost) return responseOf(answer);
        return isTriedAgain ? responseOf(cluster.asProduct(request)) : away();
      };
      return wire.call(latency(random, usual), perform, signal);
    },
  };
}

function away(): never {
  throw new ClusterUnreachableError('the simulated cluster cannot be reached');
}

/** What the server answers in place of what was asked for. */
function refusalOf(
  { random, troubles }: ConnectionDeps,
  request: ApiRequest,
): ApiResponse | undefined {
  const { searchParams } = new URL(request.path, 'https://cluster');
  if (troubles.is('api-errors') && random.chance(0.05)) {
    return faulty(searchParams, random.pick([500, 502, 503, 504]));
  }
  if (troubles.is('api-throttles') && random.chance(0.05)) return faulty(searchParams, 429);
  const isLaterPage = searchParams.has('continue') && /\/pods\?/.test(request.path);
  if (isLaterPage && troubles.is('pages-fail')) return faulty(searchParams, 500);
  if (isLaterPage && troubles.is('history-forgotten') && random.chance(0.7)) {
    const expired = faultAnswer({ kind: 'expire' }, searchParams, undefined);
    return expired?.kind === 'json' ? responseOf(expired) : undefined;
  }
  return undefined;
}

function faulty(query: URLSearchParams, status: number): ApiResponse {
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

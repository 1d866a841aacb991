import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { createFaultPlan, type Faults } from '../../local/fault-plan.ts';
import { issueServerCertificate } from '../../local/kubernetes/certificates.ts';
import { faultResponse } from '../../local/kubernetes/server/fault-response.ts';
import type { FaultEffect, RequestFacts } from '../../local/kubernetes/server/faults.ts';

/** A fault between a client and its server. */
export type ProxyEffect =
  | FaultEffect
  /** Runs `act` before the request is forwarded, or after the server has answered. `act` may close the connection. */
  | {
      readonly kind: 'meanwhile';
      readonly when: 'before' | 'after';
      readonly act: (cut: () => void) => Promise<void>;
    }
  /** Forwards the request without waiting for the response. It may or may not take effect. */
  | { readonly kind: 'abandon'; readonly act: () => Promise<void> }
  /** Resets the connection. */
  | { readonly kind: 'reset' }
  /** Keeps the connection open and never responds. */
  | { readonly kind: 'silence' }
  /** Sends the body in pieces, with a pause between them. */
  | { readonly kind: 'trickle'; readonly milliseconds: number }
  /** Reduces the page size of a list, as the API may. */
  | { readonly kind: 'small-pages'; readonly limit: number };

/** A proxy that forwards all requests unchanged, except for injected faults. */
export interface FaultyProxy {
  readonly url: string;
  /** The proxy's own CA, which did not sign the server's certificate. */
  readonly caPem: string;
  readonly faults: Faults<ProxyEffect, RequestFacts>;
  /** Number of requests that a fault hit. */
  readonly injected: number;
  /** Errors of `act` callbacks. */
  readonly failures: readonly unknown[];
  /** Returns how often the server has answered with each status. */
  statuses(): ReadonlyMap<number, number>;
  stop(): Promise<void>;
}

/** A request in flight. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: Buffer;
}

/** A complete response of the server. */
interface UpstreamResponse extends Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'> {
  readonly bytes: Buffer;
}

/** Number of pieces of a slow body. */
const PIECES = 8;

/** Headers that the proxy does not forward. */
const HOP_BY_HOP_HEADERS = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'host',
  'date',
]);

/** Starts a proxy to a server that is verified with `caPem`. It speaks HTTP/1.1, as the functions do. */
export async function startFaultyProxy(target: {
  readonly url: string;
  readonly caPem: string;
}): Promise<FaultyProxy> {
  const { caPem, certificatePem, keyPem } = await issueServerCertificate();
  const upstream = new Agent({ connect: { ca: target.caPem }, allowH2: false });
  const plan = createFaultPlan<ProxyEffect, RequestFacts>();
  let injected = 0;
  const failures: unknown[] = [];
  const recordFailure = (act: Promise<void>) =>
    act.catch((error: unknown) => void failures.push(error));
  const statuses = new Map<number, number>();
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    // Any failure, such as an unreachable server, closes the connection to the client.
    void serve(request, response).catch(() => request.socket.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', target.url);
    const { method = 'GET' } = request;
    const effects = plan.take({ method, path: url.pathname, query: url.searchParams });
    if (effects.length > 0) injected += 1;
    const exchange = { request, response, url, body };
    if (await oneEnds(effects, (effect) => happensBefore(effect, exchange))) return;
    const answer = forward(exchange);
    if (await oneEnds(effects, (effect) => happensAfter(effect, exchange, answer))) return;
    const { statusCode, headers, bytes } = await answer;
    response.writeHead(statusCode, {
      ...forwardedHeaders(headers),
      'content-length': bytes.length,
    });
    await sendBody(response, bytes, effects);
  }

  async function forward({ request, url, body }: Exchange): Promise<UpstreamResponse> {
    const answer = await upstream.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method as Dispatcher.HttpMethod,
      headers: forwardedHeaders(request.headers),
      body: body.length > 0 ? body : null,
    });
    const { statusCode, headers } = answer;
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    return { statusCode, headers, bytes: Buffer.from(await answer.body.arrayBuffer()) };
  }

  /** Whether the client receives no response. */
  async function happensAfter(
    effect: ProxyEffect,
    { request: { socket } }: Exchange,
    answer: Promise<UpstreamResponse>,
  ): Promise<boolean> {
    if (effect.kind === 'abandon') {
      await Promise.allSettled([answer, recordFailure(effect.act())]);
      socket.destroy();
    }
    if (effect.kind === 'meanwhile' && effect.when === 'after') {
      await answer;
      await recordFailure(effect.act(() => socket.destroy()));
    }
    return socket.destroyed;
  }

  /** Whether the request is finished. */
  async function happensBefore(effect: ProxyEffect, exchange: Exchange): Promise<boolean> {
    const { socket } = exchange.request;
    switch (effect.kind) {
      case 'delay':
        await sleep(effect.milliseconds);
        return false;
      case 'meanwhile':
        if (effect.when === 'before') await recordFailure(effect.act(() => socket.destroy()));
        return socket.destroyed;
      case 'small-pages':
        exchange.url.searchParams.set('limit', String(effect.limit));
        return false;
      case 'reset':
        socket.resetAndDestroy();
        return true;
      case 'silence':
        return true;
      case 'drop':
        if (effect.when === 'before') socket.destroy();
        return effect.when === 'before';
      case 'refuse':
      case 'quote':
      case 'expire':
        return refuse(effect, exchange);
      default:
        return false;
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem,
    faults: plan,
    statuses: () => new Map(statuses),
    failures,
    get injected() {
      return injected;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await upstream.destroy();
    },
  };
}

/** Applies effects one after another, until one of them ends the request. */
async function oneEnds(
  effects: readonly ProxyEffect[],
  happens: (effect: ProxyEffect) => Promise<boolean>,
): Promise<boolean> {
  for (const effect of effects) if (await happens(effect)) return true;
  return false;
}

function refuse(effect: FaultEffect, { response, url, body }: Exchange): boolean {
  const answer = faultResponse(effect, url.searchParams, body.toString());
  if (answer === undefined || answer.kind === 'stream') return false;
  const type = answer.kind === 'json' ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(answer.status, { 'content-type': type, ...answer.headers }).end(answer.body);
  return true;
}

async function sendBody(
  response: ServerResponse,
  body: Buffer,
  effects: readonly ProxyEffect[],
): Promise<void> {
  const half = body.subarray(0, Math.ceil(body.length / 2));
  if (effects.some((effect) => effect.kind === 'drop')) {
    response.write(half, () => response.destroy());
    return;
  }
  const trickle = effects.find((effect) => effect.kind === 'trickle');
  if (trickle !== undefined) {
    const size = Math.ceil(body.length / PIECES);
    for (let from = 0; from < body.length; from += size) {
      response.write(body.subarray(from, from + size));
      await sleep(trickle.milliseconds);
    }
    response.end();
    return;
  }
  response.end(body);
}

function forwardedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    (entry): entry is [string, string | string[]] =>
      entry[1] !== undefined && !HOP_BY_HOP_HEADERS.has(entry[0]) && entry[0] !== 'content-length',
  );
  return Object.fromEntries(kept);
}

/** Matches requests that list a resource. */
export const listsOf =
  (resource: string) =>
  ({ method, path }: RequestFacts): boolean =>
    method === 'GET' && path.endsWith(`/${resource}`);

/** Matches requests that write Secrets of a namespace. */
export const writesIn =
  (namespace: string) =>
  ({ method, path }: RequestFacts): boolean =>
    method !== 'GET' && path.includes(`/namespaces/${namespace}/secrets`);

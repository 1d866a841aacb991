import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.ts';

/** The server of `/livez`, `/readyz` and `/metrics`. */
export interface Endpoints {
  /** The port it got. */
  readonly port: number;
  close(): Promise<void>;
}

export interface EndpointsDeps {
  readonly health: Health;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

/** A probe or a scrape is short, and there are few: who is slow, or many, gets none of this process. */
const REQUEST_MILLISECONDS = 5_000;
const MOST_CONNECTIONS = 64;

/**
 * Starts the server on all addresses.
 *
 * @param port - 0 for any that is free
 * @throws the error of the socket, such as a port that is taken
 */
export async function startEndpoints(deps: EndpointsDeps, port: number): Promise<Endpoints> {
  const server = createServer(
    { requestTimeout: REQUEST_MILLISECONDS, headersTimeout: REQUEST_MILLISECONDS },
    ({ url = '' }, response) => {
      answer(deps, url.split('?', 1)[0] ?? '', response).catch(() => end(response, 500, 'error'));
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  { health, metrics }: EndpointsDeps,
  path: string,
  response: ServerResponse,
): Promise<void> {
  if (path === '/metrics') {
    end(response, 200, await metrics.text(), metrics.contentType);
  } else if (path === '/livez') {
    endProbe(response, health.isLive(), 'the watch is stuck');
  } else if (path === '/readyz') {
    endProbe(response, health.isReady(), 'no watch is open');
  } else {
    end(response, 404, 'not found: there are /livez, /readyz and /metrics');
  }
}

function endProbe(response: ServerResponse, isWell: boolean, otherwise: string): void {
  end(response, isWell ? 200 : 503, isWell ? 'ok' : otherwise);
}

function end(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response
    .writeHead(status, { 'content-type': type })
    .end(text.endsWith('\n') ? text : `${text}\n`);
}

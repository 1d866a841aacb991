import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { BUDGET } from '../../contract/budgets.ts';
import type { ForwarderMetrics } from './metrics.ts';

/** The server of `/metrics`. */
export interface MetricsServer {
  /** The port that it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

type Metrics = Pick<ForwarderMetrics, 'contentType' | 'text'>;

/** Scrapes are short and few: a slow client, or many of them, must not use up the process. */
const TIMEOUTS = {
  requestTimeout: 5_000,
  headersTimeout: 5_000,
  // Node enforces the timeouts every 30 s by default.
  connectionsCheckingInterval: 1_000,
} as const;

/**
 * Starts the server on all addresses of the pod.
 *
 * @param port - 0 for any free port, on loopback only: for a process outside a pod
 * @throws the error of the socket, e.g. when the port is in use
 */
export async function startMetricsServer(metrics: Metrics, port: number): Promise<MetricsServer> {
  const server = createServer(TIMEOUTS, ({ url = '' }, response) => {
    respond(metrics, url.split('?', 1)[0] ?? '', response).catch(() => end(response, 500, 'error'));
  });
  dropOldestConnections(server);
  server.listen(port, port === 0 ? '127.0.0.1' : undefined);
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

/**
 * Closes the oldest connection when there is one too many. A client that keeps connections open, which any pod may do,
 * loses them to the next scrape.
 */
function dropOldestConnections(server: Server): void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const [oldest] = sockets;
    if (oldest === undefined || sockets.size <= BUDGET.metricsConnections) return;
    sockets.delete(oldest);
    oldest.destroy();
  });
}

async function respond(metrics: Metrics, path: string, response: ServerResponse): Promise<void> {
  if (path === '/metrics') end(response, 200, await metrics.text(), metrics.contentType);
  else end(response, 404, 'not found; available: /metrics');
}

function end(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response
    .writeHead(status, { 'content-type': type })
    .end(text.endsWith('\n') ? text : `${text}\n`);
}

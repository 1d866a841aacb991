import { once } from 'node:events';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPlan } from '../../fault-plan.ts';
import type { IssuedCertificate } from '../certificates.ts';
import { ApiError } from '../errors/api-error.ts';
import {
  authenticateRequest,
  errorResponse,
  type HandlerDeps,
  type HttpRequest,
  handleRequest,
} from '../requests/handle-request.ts';
import type { HttpResponse } from '../requests/http-response.ts';
import { faultResponse } from './fault-response.ts';
import type { FaultEffect, RequestFacts } from './faults.ts';
import type { WritableRequestLog } from './request-log.ts';
import { sendResponse } from './send-response.ts';

/** A server of the Kubernetes API on the loopback interface. */
export interface ApiServer {
  readonly url: string;
  /** Closes all connections. The server accepts new ones. */
  dropConnections(): void;
  stop(): Promise<void>;
}

interface ApiServerDeps extends HandlerDeps {
  readonly certificate: IssuedCertificate;
  readonly faults: FaultPlan<FaultEffect, RequestFacts>;
  readonly log: WritableRequestLog;
}

/** Maximum length of a request body, as in the API server. */
const MAX_BODY_BYTES = 3_145_728;

/** Maximum concurrent streams of an HTTP/2 connection, as in the API server. */
const MAX_STREAMS = 100;
/** Time until an idle HTTP/1.1 connection is closed, as in the API server. */
const KEEP_ALIVE_MS = 180_000;

/** Starts a server for HTTP/2 and HTTP/1.1 over TLS. */
export async function startApiServer(deps: ApiServerDeps): Promise<ApiServer> {
  const { certificatePem: cert, keyPem: key } = deps.certificate;
  const sockets = new Set<Socket>();
  let isStopped = false;
  const server = createSecureServer({
    cert,
    key,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: MAX_STREAMS },
    http1Options: { keepAliveTimeout: KEEP_ALIVE_MS },
  });
  server.on('request', (request, target) => {
    // Fails when the client disconnects in the middle of its request.
    handle(deps, request, target).catch(() => dropConnection(request));
  });
  server.on('secureConnection', (socket) => {
    // Its TLS handshake ended after `stop` closed the other connections.
    if (isStopped) return socket.destroy();
    deps.log.addConnection();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server has no TCP port');
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${address.port}`,
    dropConnections,
    async stop() {
      const closed = once(server, 'close');
      isStopped = true;
      server.close();
      dropConnections();
      await closed;
    },
  };
}

async function handle(
  deps: ApiServerDeps,
  request: Http2ServerRequest,
  target: Http2ServerResponse,
): Promise<void> {
  const { method } = request;
  const url = new URL(request.url, 'https://localhost');
  const { pathname: path, searchParams: query } = url;
  const effects = deps.faults.take({ method, path, query });
  for (const effect of effects) if (effect.kind === 'delay') await sleep(effect.milliseconds);
  const drop = effects.find((effect) => effect.kind === 'drop');
  const entry = { method, path, query: url.search };
  if (drop?.when === 'before') {
    deps.log.add({ ...entry, username: undefined, status: 0 });
    return dropConnection(request);
  }
  const body = await readBody(request);
  const faulty = effects
    .map((effect) => faultResponse(effect, query, body))
    .find((response) => response);
  const { response, username } = faulty
    ? { response: faulty, username: undefined }
    : await respondToUser(deps, { method, url, headers: headersOf(request), body });
  const status = response.kind === 'stream' ? 200 : response.status;
  sendResponse(target, response, {
    acceptsGzip: /\bgzip\b/.test(String(request.headers['accept-encoding'])),
    count: deps.log.add({ ...entry, username, status }),
    dropMidBody: drop && (() => dropConnection(request)),
  });
}

async function respondToUser(
  deps: ApiServerDeps,
  request: Omit<HttpRequest, 'body'> & { readonly body: string | undefined },
): Promise<{ response: HttpResponse; username: string | undefined }> {
  try {
    const { body } = request;
    const user = await authenticateRequest(deps.authenticate, request);
    if (body === undefined) {
      const message = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
      throw new ApiError(413, 'RequestEntityTooLarge', message);
    }
    return { response: handleRequest(deps, user, { ...request, body }), username: user.username };
  } catch (error) {
    return { response: errorResponse(error), username: undefined };
  }
}

/** Reads the body of a request to its end. Returns `undefined` when it is too long. */
async function readBody(request: Http2ServerRequest): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString();
}

function headersOf({ headers }: Http2ServerRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value?.toString()]),
  );
}

/** Closes the connection of a request. With HTTP/2, a request has only a stream of a session. */
function dropConnection(request: Http2ServerRequest): void {
  if (request.httpVersionMajor >= 2) request.stream.session?.destroy();
  else request.socket.destroy();
}

import { once } from 'node:events';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import {
  type AnswerDeps,
  answerError,
  answerRequest,
  type HttpRequest,
  authenticateRequest,
} from '../requests/answer-request.ts';
import { ApiError } from '../errors/api-error.ts';
import type { ServerCertificate } from '../certificates.ts';
import { faultAnswer } from './fault-answer.ts';
import type { FaultPlan } from './faults.ts';
import type { WritableRequestLog } from './request-log.ts';
import { respond } from './respond.ts';

/** A server of the Kubernetes API on loopback. */
export interface ApiServer {
  readonly url: string;
  /** Ends every connection at once; new ones are welcome. */
  dropConnections(): void;
  stop(): Promise<void>;
}

export interface ApiServerDeps extends AnswerDeps {
  readonly certificate: ServerCertificate;
  readonly faults: FaultPlan;
  readonly log: WritableRequestLog;
}

/** The API server reads no longer bodies, in bytes. */
const MAX_BODY_BYTES = 3_145_728;

/** As the API server: requests at once on one HTTP/2 connection, and how long an idle one stays open. */
const MAX_STREAMS = 100;
const IDLE_MILLISECONDS = 180_000;

/** Starts a server that speaks HTTP/2 and HTTP/1.1 over TLS. */
export async function startApiServer(deps: ApiServerDeps): Promise<ApiServer> {
  const { certificatePem: cert, keyPem: key } = deps.certificate;
  const sockets = new Set<Socket>();
  let isStopped = false;
  const server = createSecureServer({
    cert,
    key,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: MAX_STREAMS },
    http1Options: { keepAliveTimeout: IDLE_MILLISECONDS },
  });
  server.on('request', (request, response) => {
    // A client that is gone in the middle of its own request gets no answer.
    handle(deps, request, response).catch(() => dropConnection(request));
  });
  server.on('secureConnection', (socket) => {
    // It was shaking hands when the others were ended.
    if (isStopped) return socket.destroy();
    deps.log.addConnection();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port to listen on');
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
  response: Http2ServerResponse,
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
  const faulty = effects.map((effect) => faultAnswer(effect, query, body)).find((answer) => answer);
  const { answer, username } = faulty
    ? { answer: faulty, username: undefined }
    : await answerUser(deps, { method, url, headers: headersOf(request), body });
  const status = answer.kind === 'stream' ? 200 : answer.status;
  respond(response, answer, {
    acceptsGzip: /\bgzip\b/.test(String(request.headers['accept-encoding'])),
    count: deps.log.add({ ...entry, username, status }),
    dropMidBody: drop && (() => dropConnection(request)),
  });
}

async function answerUser(
  deps: ApiServerDeps,
  request: Omit<HttpRequest, 'body'> & { readonly body: string | undefined },
): Promise<{ answer: Answer; username: string | undefined }> {
  try {
    const { body } = request;
    const user = await authenticateRequest(deps.authenticate, request);
    if (body === undefined) {
      const message = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
      throw new ApiError(413, 'RequestEntityTooLarge', message);
    }
    return { answer: answerRequest(deps, user, { ...request, body }), username: user.username };
  } catch (error) {
    return { answer: answerError(error), username: undefined };
  }
}

/** The body of a request, read to its end; `undefined` when it is too long. */
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

// With HTTP/2 a request has a stream of its own; its session is what ends the connection.
function dropConnection(request: Http2ServerRequest): void {
  if (request.httpVersionMajor >= 2) request.stream.session?.destroy();
  else request.socket.destroy();
}

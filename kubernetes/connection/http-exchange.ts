import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import { ResponseTooLargeError } from '../errors.ts';
import type { ApiResponse } from '../kubernetes-connection.ts';
import type { ClientCertificate } from './cluster-credentials.ts';
import { tlsConnector } from './tls-connector.ts';

/** Maximum connections: one for each of the 25 concurrent Secret writes, and some for lists. */
const MAX_CONNECTIONS = 32;

/** The API server closes connections that were idle for 90 s. A pass every minute finds them still open. */
const KEEP_ALIVE_MS = 80_000;

/** A busy API server takes some seconds for a page of 500 pods; its own limit for a request is 60 s. */
const TIMEOUTS = { headersTimeout: 30_000, bodyTimeout: 15_000 };

const CONNECT_TIMEOUT_MS = 5_000;

/** One HTTP request. */
interface HttpRequest {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | Uint8Array | undefined;
  /** In bytes; unlimited when absent. */
  readonly maxResponseBytes?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Creates a bounded pool of keep-alive connections to servers with a certificate signed by `certificateAuthority`, which
 * may be several in one text. A login authenticates each connection.
 *
 * HTTP/1.1, because HTTP/2 takes half as much CPU again for large lists and does not speed up writes (500 Secrets, 25
 * at once: 0.6 s both); a broken connection fails one request, not all of them; and several connections reach several
 * API servers behind the load balancer.
 */
export function createAgent(certificateAuthority: string, login?: ClientCertificate): Agent {
  return new Agent({
    allowH2: false,
    connections: MAX_CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: tlsConnector({
      ca: certificateAuthority,
      ...(login === undefined ? {} : { cert: login.certificate, key: login.key }),
      allowH2: false,
      rejectUnauthorized: true,
      timeout: CONNECT_TIMEOUT_MS,
    }),
    ...TIMEOUTS,
  });
}

/**
 * Sends one request and collects its response. Rejects with undici's error, or at once with the signal's reason.
 *
 * @throws {ResponseTooLargeError} as soon as more than `maxResponseBytes` have arrived
 */
export function exchange(agent: Dispatcher, request: HttpRequest): Promise<ApiResponse> {
  const { signal, body = null, maxResponseBytes = Number.POSITIVE_INFINITY, ...rest } = request;
  return new Promise((resolve, reject) => {
    const response = { status: 0, headers: {} as Record<string, string> };
    const chunks: Buffer[] = [];
    let size = 0;
    let controller: Dispatcher.DispatchController | undefined;
    const abort = () => {
      controller?.abort(new Error('the request was aborted'));
      reject(signal.reason);
    };
    // Registered before the request starts, because it may have to wait for a connection.
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    agent.dispatch(
      { ...rest, body },
      {
        onRequestStart(started) {
          controller = started;
          if (signal.aborted) abort();
        },
        onResponseStart(_, status, headers) {
          response.status = status;
          response.headers = flatten(headers);
        },
        onResponseData(_, chunk) {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= maxResponseBytes) return;
          const message = `the response is larger than ${maxResponseBytes} bytes`;
          controller?.abort(new ResponseTooLargeError(message));
        },
        onResponseEnd() {
          signal.removeEventListener('abort', abort);
          const complete = { ...response, body: Buffer.concat(chunks) };
          // Undici considers a connection busy until its own immediate has run; a request sent before that would open
          // another connection. The microtask makes sure that undici has scheduled its immediate first.
          queueMicrotask(() => setImmediate(resolve, complete));
        },
        onResponseError(_, error) {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      },
    );
  });
}

function flatten(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
}

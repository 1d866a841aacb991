import type { Dispatcher } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import type { ApiResponse } from './kubernetes-connection.ts';

/**
 * How many connections there are at most: the 25 writes that a run has under way at once (the bound of STS calls) and
 * its lists beside them.
 */
const CONNECTIONS = 32;

/** The API server closes connections that were idle for 90 s; a tick comes each minute, so they live from one to the next. */
const KEEP_ALIVE_MILLISECONDS = 80_000;

/** A page of 500 pods takes a busy API server some seconds; its own limit for a request is 60 s. */
const TIMEOUTS = { headersTimeout: 30_000, bodyTimeout: 15_000 };

const CONNECT_TIMEOUT_MILLISECONDS = 5_000;

/** One request as it goes over the wire. */
export interface HttpRequest {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * A bounded pool of kept-alive connections to servers whose certificate `certificateAuthority` signed.
 *
 * HTTP/1.1: over HTTP/2 the big lists cost half as much CPU again, and writes are not faster (500 Secrets, 25 at once:
 * 0.6 s both); a connection that breaks takes one request with it, not all of them; and several connections reach
 * several API servers behind the load balancer.
 */
export function createAgent(certificateAuthority: string): Agent {
  return new Agent({
    allowH2: false,
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    connect: {
      ca: certificateAuthority,
      rejectUnauthorized: true,
      timeout: CONNECT_TIMEOUT_MILLISECONDS,
    },
    ...TIMEOUTS,
  });
}

/** Sends one request and collects its answer. Rejects with undici's error, or with the signal's reason. */
export function exchange(agent: Dispatcher, request: HttpRequest): Promise<ApiResponse> {
  const { signal, body = null, ...rest } = request;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let headers: Record<string, string> = {};
    let abort = () => {};
    const settle = (conclude: () => void) => {
      signal.removeEventListener('abort', abort);
      conclude();
    };
    agent.dispatch(
      { ...rest, body },
      {
        onRequestStart(controller) {
          abort = () => controller.abort(toError(signal.reason));
          if (signal.aborted) abort();
          else signal.addEventListener('abort', abort, { once: true });
        },
        onResponseStart(_controller, statusCode, received) {
          status = statusCode;
          headers = flatten(received);
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          settle(() => resolve({ status, headers, body: Buffer.concat(chunks) }));
        },
        onResponseError(_controller, error) {
          settle(() => reject(signal.aborted ? signal.reason : error));
        },
      },
    );
  });
}

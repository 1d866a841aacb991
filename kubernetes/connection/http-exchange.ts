import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import type { ApiResponse } from '../kubernetes-connection.ts';

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

/** Sends one request and collects its answer. Rejects with undici's error, and at once with the signal's reason. */
export function exchange(agent: Dispatcher, request: HttpRequest): Promise<ApiResponse> {
  const { signal, body = null, ...rest } = request;
  return new Promise((resolve, reject) => {
    const answer: Answer = { status: 0, headers: {}, chunks: [] };
    let controller: Dispatcher.DispatchController | undefined;
    const abort = () => {
      controller?.abort(new Error('the time for the request is over'));
      reject(signal.reason);
    };
    // Here and not at the request's start: it may have to wait for a connection.
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
          answer.status = status;
          answer.headers = flatten(headers);
        },
        onResponseData(_, chunk) {
          answer.chunks.push(chunk);
        },
        onResponseEnd() {
          signal.removeEventListener('abort', abort);
          const { chunks, ...head } = answer;
          const whole = { ...head, body: Buffer.concat(chunks) };
          // Undici takes a connection for busy until its own immediate has run; who sent the next request before that
          // would have another one opened. A microtask, as undici's immediate is set after this.
          queueMicrotask(() => setImmediate(resolve, whole));
        },
        onResponseError(_, error) {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      },
    );
  });
}

/** An answer as it arrives. */
interface Answer {
  status: number;
  headers: Record<string, string>;
  readonly chunks: Buffer[];
}

function flatten(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
}

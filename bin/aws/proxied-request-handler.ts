import { Agent } from 'node:https';
import { buildQueryString, type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HttpHandlerOptions } from '@smithy/types';
import type { Dispatcher } from 'undici';
import { errorMessageOf } from '../../contract/errors.ts';
import { exchange } from '../../kubernetes/connection/http-exchange.ts';
import { createAgent } from '../proxy/create-agent.ts';
import { describeProxy, environmentProxy, ProxyError, type ProxyServer } from '../proxy/proxy.ts';

/** Timeouts of a client's requests, in milliseconds. */
export interface Timeouts {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
}

/**
 * Sends the requests of an AWS client, through the proxy of the environment where it applies. The SDK itself uses none.
 */
export class ProxiedRequestHandler extends NodeHttpHandler {
  readonly #requestTimeout: number;
  #agent: Dispatcher | undefined;

  constructor(timeouts: Timeouts) {
    super({
      ...timeouts,
      throwOnRequestTimeout: true,
      // Verifies certificates even if NODE_TLS_REJECT_UNAUTHORIZED is 0.
      httpsAgent: new Agent({ keepAlive: true, rejectUnauthorized: true }),
    });
    this.#requestTimeout = timeouts.requestTimeout;
  }

  override async handle(
    request: HttpRequest,
    options: HttpHandlerOptions = {},
  ): Promise<{ response: HttpResponse }> {
    const proxy = environmentProxy(originOf(request));
    if (proxy === undefined) return super.handle(request, options);
    const timeout = AbortSignal.timeout(options.requestTimeout ?? this.#requestTimeout);
    this.#agent ??= createAgent(proxy, {}, this.#requestTimeout);
    return { response: await sendThrough(proxy, this.#agent, request, timeout) };
  }

  override destroy(): void {
    super.destroy();
    void this.#agent?.destroy();
  }
}

function originOf({ protocol, hostname, port }: HttpRequest): URL {
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
}

/** @throws {ProxyError} when there is no response; its cause tells the SDK whether to retry */
async function sendThrough(
  proxy: ProxyServer,
  agent: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const query = buildQueryString(request.query);
  try {
    const { status, headers, body } = await exchange(agent, {
      origin: originOf(request).origin,
      method: request.method,
      path: query === '' ? request.path : `${request.path}?${query}`,
      headers: request.headers,
      body: request.body,
      signal,
    });
    return new HttpResponse({ statusCode: status, headers, body });
  } catch (cause) {
    throw new ProxyError(`${errorMessageOf(cause)}. ${describeProxy(proxy, cause)}`, { cause });
  }
}

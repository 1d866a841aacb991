import type { ConnectionOptions } from 'node:tls';
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { tlsConnector } from '../../kubernetes/connection/tls-connector.ts';
import type { ProxyServer } from './proxy.ts';

/** Certificates to verify a server with, and to present to it. */
export type ServerTls = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;

const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Creates connections to a server, through a proxy if there is one. The certificates of both are always verified, even if
 * `NODE_TLS_REJECT_UNAUTHORIZED` is 0.
 *
 * @param responseTimeoutMs - maximum wait for a response, and for further data of it
 */
export function createAgent(
  proxy: ProxyServer | undefined,
  tls: ServerTls,
  responseTimeoutMs: number,
): Dispatcher {
  const verified = { rejectUnauthorized: true, timeout: CONNECT_TIMEOUT_MS };
  const options = {
    allowH2: false,
    connections: MAX_CONNECTIONS,
    headersTimeout: responseTimeoutMs,
    bodyTimeout: responseTimeoutMs,
  };
  if (proxy === undefined) {
    const connect = { ...tls, ...verified, allowH2: false };
    const ca = tls.ca === undefined ? undefined : String(tls.ca);
    return new Agent({ ...options, connect: ca ? tlsConnector({ ...connect, ca }) : connect });
  }
  return new ProxyAgent({
    ...options,
    // In Go both schemes leave it to the proxy to resolve names, as undici's socks5 does.
    uri: proxy.url.href.replace(/^socks5h:/, 'socks5:'),
    requestTls: { ...tls, ...verified },
    // With it, undici would use TLS for a SOCKS proxy.
    ...(proxy.url.protocol === 'https:' ? { proxyTls: verified } : {}),
    connectTimeout: CONNECT_TIMEOUT_MS,
    // The timeout of the answer to CONNECT is 300 s by default.
    clientFactory: (origin, clientOptions) =>
      new Pool(origin, { ...clientOptions, headersTimeout: CONNECT_TIMEOUT_MS }),
  });
}

import { isIP } from 'node:net';
import { isCertificateFailure } from '../../kubernetes/connection/connection-failure.ts';
import { isExcluded } from './no-proxy.ts';

/** A proxy, and where it is configured. */
export interface ProxyServer {
  readonly url: URL;
  /** A variable such as `HTTPS_PROXY`, or `proxy-url` of a kubeconfig. */
  readonly source: string;
  /** The configured value without user and password. */
  readonly shown: string;
}

/** A proxy cannot be used, or a connection through it failed. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/**
 * Returns the proxy of the environment for a server, by the rules of Go, which kubectl follows: `HTTPS_PROXY` or
 * `https_proxy`, but not for this machine, nor for servers in `NO_PROXY` or `no_proxy`. Servers without TLS are reached
 * directly: only an AWS emulator is one.
 *
 * @throws {ProxyError} when the variable does not contain the URL of a proxy
 */
export function environmentProxy(server: URL): ProxyServer | undefined {
  const [source, value] = firstVariable('HTTPS_PROXY', 'https_proxy');
  if (value === '' || server.protocol !== 'https:' || isLocal(server.hostname)) return undefined;
  const [, noProxy] = firstVariable('NO_PROXY', 'no_proxy');
  if (isExcluded(noProxy, server.hostname, server.port || '443')) return undefined;
  // Without a scheme it is an HTTP proxy.
  return parseProxy(value, source, value.includes('://') ? value : `http://${value}`);
}

/**
 * Parses the field `proxy-url` of a cluster in a kubeconfig. It needs a scheme, as in kubectl.
 *
 * @throws {ProxyError} when it is not the URL of a proxy
 */
export function kubeconfigProxy(value: string): ProxyServer {
  return parseProxy(value, 'proxy-url in the kubeconfig', value);
}

/** Describes a failure of a connection for which a proxy was used. The remedy depends on the proxy, so it is named. */
export function describeProxy({ source, shown }: ProxyServer, cause: unknown): string {
  const hint = isCertificateFailure(cause)
    ? " If the certificate is one of the proxy, exclude the server with NO_PROXY, or set NODE_EXTRA_CA_CERTS to the file with the proxy's certificate authority."
    : '';
  return `The connection uses the proxy ${shown} (${source}).${hint}`;
}

const SCHEMES = ['http:', 'https:', 'socks5:', 'socks5h:'];

function parseProxy(value: string, source: string, text: string): ProxyServer {
  const shown = withoutCredentials(value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && SCHEMES.includes(url.protocol) && url.hostname !== '') {
    return { url, source, shown };
  }
  throw new ProxyError(
    `${source} is "${shown}", which is not the URL of a proxy: use http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, with reserved characters of a password percent-encoded`,
  );
}

/** Removes user and password from text that may not be a valid URL, such as one with an unencoded `/` or `@` in it. */
function withoutCredentials(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}

/** Returns the first variable with a value; an empty one counts as missing. */
function firstVariable(...names: readonly [string, string]): readonly [string, string] {
  const name = names.find((one) => process.env[one]) ?? names[0];
  return [name, process.env[name] ?? ''];
}

/** Whether it is an address of this machine, for which Go uses no proxy. */
function isLocal(hostname: string): boolean {
  const isLoopback = isIP(hostname) === 4 && hostname.startsWith('127.');
  return hostname === 'localhost' || hostname === '[::1]' || isLoopback;
}

/** Variables of a shell, and whether a request to a server goes through a proxy. */
export interface ProxyCase {
  readonly server: string;
  readonly noProxy: string;
  readonly isProxied: boolean;
}

const NAME = 'https://api.prod.invalid';
const ADDRESS = 'https://192.0.2.10:6443';
const IPV6 = 'https://[2001:db8::1]:6443';

const excluded = (server: string, ...values: readonly string[]): readonly ProxyCase[] =>
  values.map((noProxy) => ({ server, noProxy, isProxied: false }));
const proxied = (server: string, ...values: readonly string[]): readonly ProxyCase[] =>
  values.map((noProxy) => ({ server, noProxy, isProxied: true }));

/** The rules of `NO_PROXY` in Go. */
export const PROXY_CASES: readonly ProxyCase[] = [
  ...proxied(NAME, '', ',', 'od.invalid', 'prod', '*.api.prod.invalid', '.api.prod.invalid'),
  ...proxied(NAME, 'prod.invalid:80', 'api.prod.invalid:444', '*invalid', '192.0.2.0/24', '.'),
  ...proxied(NAME, 'other.invalid prod.invalid', 'https://api.prod.invalid'),
  ...excluded(NAME, '*', 'a, *', 'prod.invalid', '.prod.invalid', '*.prod.invalid', 'invalid'),
  ...excluded(NAME, 'API.Prod.Invalid', 'other, api.prod.invalid ', 'prod.invalid:443'),
  ...proxied('https://API.prod.invalid:6443', 'prod.invalid:443'),
  ...excluded('https://API.prod.invalid:6443', 'prod.invalid:6443', 'prod.invalid'),
  ...proxied(ADDRESS, '192.0.2.1', '192.0.2.0/29', '2.10', '.10', '::/0', '192.0.2.10:443'),
  ...proxied(ADDRESS, '192.0.2.0/33', '192.0.2.*', '192.0.2.0-192.0.2.99', '192.0.2'),
  ...excluded(ADDRESS, '192.0.2.10', '192.0.2.10:6443', '192.0.2.0/24', '0.0.0.0/0'),
  ...excluded(ADDRESS, '10.0.0.0/8,192.0.2.8/29', '192.0.2.77/24'),
  ...proxied(IPV6, '2001:db8::2', '2001:db8:1::/48', '0.0.0.0/0', '[2001:db8::1]:443'),
  ...excluded(IPV6, '2001:db8::1', '2001:DB8:0::1', '[2001:db8::1]:6443', '2001:db8::/32'),
  ...excluded('https://127.0.0.1:1', ''),
  ...excluded('https://127.1.2.3:1', ''),
  ...excluded('https://localhost:1', ''),
  ...excluded('https://[::1]:1', ''),
  ...proxied('https://localhost.invalid:1', ''),
];

import { BlockList, isIP } from 'node:net';

/**
 * Whether `NO_PROXY` excludes a server, by the rules of Go (`golang.org/x/net/http/httpproxy`), which kubectl follows:
 * entries are `*`, addresses, address ranges (`10.0.0.0/8`) and domains, each with an optional port. `example.com` includes
 * its subdomains; `.example.com` and `*.example.com` are the subdomains only.
 *
 * @param port - the default port of the scheme if the URL has none
 */
export function isExcluded(noProxy: string, hostname: string, port: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return noProxy
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim())
    .some((entry) => entry === '*' || isInRange(entry, host) || matches(entry, host, port));
}

function isInRange(entry: string, host: string): boolean {
  const [, address = '', prefix = ''] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || Number(prefix) > (family === 4 ? 32 : 128)) {
    return false;
  }
  return list(address, Number(prefix)).check(host, familyName(address));
}

function matches(entry: string, host: string, port: string): boolean {
  const [, name = entry, entryPort] =
    isIP(entry) > 0 ? [] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
  if (entryPort !== undefined && entryPort !== port) return false;
  const pattern = name.replace(/^\[(.*)\]$/, '$1').replace(/^\*\./, '.');
  if (isIP(pattern) > 0) return isIP(host) === isIP(pattern) && isSameAddress(pattern, host);
  if (pattern === '' || isIP(host) > 0) return false;
  return pattern.startsWith('.')
    ? host.endsWith(pattern)
    : host === pattern || host.endsWith(`.${pattern}`);
}

function isSameAddress(one: string, other: string): boolean {
  return list(one, isIP(one) === 4 ? 32 : 128).check(other, familyName(other));
}

function list(address: string, prefix: number): BlockList {
  const addresses = new BlockList();
  addresses.addSubnet(address, prefix, familyName(address));
  return addresses;
}

function familyName(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

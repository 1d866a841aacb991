import { beforeEach, describe, expect, it, vi } from 'vitest';
import { environmentProxy, kubeconfigProxy, ProxyError } from '../../../../bin/proxy/proxy.ts';
import { PROXY_CASES } from '../../../support/proxy-cases.ts';

const SERVER = new URL('https://lambda.eu-central-1.amazonaws.com');

beforeEach(() => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']) {
    vi.stubEnv(name, undefined);
  }
});

describe('the proxy of the environment', () => {
  // test/integration/cli/proxy.test.ts compares the cases with kubectl.
  it.each(PROXY_CASES)('of $server with NO_PROXY=$noProxy: $isProxied', (one) => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy:3128');
    for (const name of ['NO_PROXY', 'no_proxy']) {
      vi.stubEnv(name, one.noProxy);
      expect(environmentProxy(new URL(one.server)) !== undefined).toBe(one.isProxied);
      vi.stubEnv(name, undefined);
    }
  });

  it.each([
    ['proxy:3128', 'http://proxy:3128/'],
    ['proxy', 'http://proxy/'],
    ['jo:pw@proxy:3128', 'http://jo:pw@proxy:3128/'],
    ['http://proxy:3128', 'http://proxy:3128/'],
    ['HTTPS://proxy', 'https://proxy/'],
    ['socks5://proxy:1080', 'socks5://proxy:1080'],
    ['[2001:db8::1]:3128', 'http://[2001:db8::1]:3128/'],
    [' http://proxy:3128 ', 'http://proxy:3128/'],
  ])('%s is %s', (value, url) => {
    vi.stubEnv('HTTPS_PROXY', value);
    expect(environmentProxy(SERVER)?.url.href).toBe(url);
  });

  it('comes from HTTPS_PROXY before https_proxy; an empty one does not count', () => {
    expect(environmentProxy(SERVER)).toBeUndefined();
    vi.stubEnv('https_proxy', 'http://lower');
    vi.stubEnv('HTTPS_PROXY', '');
    expect(environmentProxy(SERVER)).toMatchObject({
      source: 'https_proxy',
      shown: 'http://lower',
    });
    vi.stubEnv('HTTPS_PROXY', 'http://upper');
    expect(environmentProxy(SERVER)).toMatchObject({
      source: 'HTTPS_PROXY',
      shown: 'http://upper',
    });
  });

  it('is not used without TLS, as for an AWS emulator', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy');
    expect(environmentProxy(new URL('http://emulator.invalid'))).toBeUndefined();
  });

  it.each([
    ['http://jo:SECRET@proxy:3128', 'http://proxy:3128'],
    ['jo:SECRET@proxy:3128', 'proxy:3128'],
    ['http://SECRET@proxy:3128', 'http://proxy:3128'],
  ])('%s is shown as %s', (value, shown) => {
    vi.stubEnv('HTTPS_PROXY', value);
    expect(environmentProxy(SERVER)?.shown).toBe(shown);
  });

  it.each([
    ['http://', 'http://'],
    ['http://jo:SEC/RET@proxy:3128', 'http://proxy:3128'],
    ['http://jo:SEC#RET@proxy:3128', 'http://proxy:3128'],
    ['jo:SEC@RET@proxy:port', 'proxy:port'],
    ['socks4://jo:SECRET@proxy', 'socks4://proxy'],
    ['ftp://proxy', 'ftp://proxy'],
    ['http://proxy:99999', 'http://proxy:99999'],
    ['the proxy', 'the proxy'],
  ])('cannot be %s, which is shown as %s', (value, shown) => {
    vi.stubEnv('https_proxy', value);
    expect(() => environmentProxy(SERVER)).toThrow(ProxyError);
    expect(() => environmentProxy(SERVER)).toThrow(
      `https_proxy is "${shown}", which is not the URL of a proxy: use http://HOST:PORT`,
    );
  });
});

describe('the proxy of a kubeconfig', () => {
  it('needs a scheme', () => {
    expect(kubeconfigProxy('socks5h://proxy:1080').url.hostname).toBe('proxy');
    expect(() => kubeconfigProxy('proxy:3128')).toThrow(
      'proxy-url in the kubeconfig is "proxy:3128", which is not the URL of a proxy',
    );
  });
});

import { networkInterfaces } from 'node:os';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createAgent as createCliAgent } from '../../../../bin/proxy/create-agent.ts';
import { kubernetesStream } from '../../../../forwarder/watching/kubernetes-stream.ts';
import { readServiceAccount } from '../../../../forwarder/watching/service-account.ts';
import { authoritySets } from '../../../../kubernetes/connection/certificate-authorities.ts';
import { createAgent, exchange } from '../../../../kubernetes/connection/http-exchange.ts';
import {
  type AuthorityOptions,
  type IssuedCertificate,
  issueServerCertificate,
} from '../../../../local/kubernetes/certificates.ts';
import { type Requirement, requires } from '../../../support/requirements.ts';
import { FOREVER } from '../fake-connection.ts';
import { answerJson, type RequestHandler, startHttpsServer } from './https-server.ts';

const IPV6: Requirement = {
  missing: 'IPv6',
  remedy: 'enable it on the loopback interface (Linux: sysctl net.ipv6.conf.lo.disable_ipv6=0)',
  isMet: () =>
    Object.values(networkInterfaces())
      .flat()
      .some((one) => one?.address === '::1'),
};

/** Authorities of clusters, all of one name. */
const KINDS = {
  plain: {},
  other: {},
  withKeyId: { hasKeyIdentifier: true },
  otherWithKeyId: { hasKeyIdentifier: true },
  expired: { isExpired: true },
  expiredWithKeyId: { isExpired: true, hasKeyIdentifier: true },
} as const satisfies Record<string, AuthorityOptions>;
type Kind = keyof typeof KINDS;
const ALL = Object.keys(KINDS) as readonly Kind[];
const isExpired = (kind: Kind) => 'isExpired' in KINDS[kind];

const issued = new Map<Kind, IssuedCertificate>();
const pemOf = (kind: Kind): string => issued.get(kind)?.caPem ?? '';

beforeAll(async () => {
  for (const kind of ALL) issued.set(kind, await issueServerCertificate(KINDS[kind]));
});

const pairs = ALL.flatMap((first) =>
  ALL.filter((second) => second !== first).map((second) => [first, second] as const),
);

/** The clients of the product, each of which connects to `url` and returns the status of a response. */
const CLIENTS: Record<string, (url: string, bundle: string) => Promise<number>> = {
  async 'a function'(url, bundle) {
    const agent = createAgent(bundle);
    onTestFinished(() => agent.close());
    return (await exchange(agent, requestTo(url))).status;
  },
  async 'the command line'(url, bundle) {
    const agent = createCliAgent(undefined, { ca: bundle }, 5_000);
    onTestFinished(() => agent.close());
    return (await exchange(agent, requestTo(url))).status;
  },
  async 'the forwarder'(url, bundle) {
    const account = readServiceAccount({
      folder: '/',
      now: () => new Date(),
      readFile: async (path) => (path.endsWith('ca.crt') ? bundle : 'token'),
    });
    const { hostname, port } = new URL(url);
    const apiServer = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
    const open = kubernetesStream({ apiServer, account, silenceTimeoutMs: 5_000 });
    const closing = new AbortController();
    onTestFinished(() => closing.abort());
    const response = await open('/version', closing.signal);
    response.discard();
    return response.status;
  },
};

function requestTo(origin: string) {
  return { origin, method: 'GET', path: '/', headers: {}, body: undefined, signal: FOREVER };
}

async function serve(kind: Kind): Promise<string> {
  const certificate = issued.get(kind);
  if (certificate === undefined) throw new Error(`no certificate ${kind}`);
  const server = await startHttpsServer(certificate, (response) => answerJson(response, 200, {}));
  onTestFinished(() => server.stop());
  return server.url;
}

describe.each(Object.keys(CLIENTS))('two authorities of one name: %s', (client) => {
  const connect = (url: string, bundle: string) =>
    CLIENTS[client]?.(url, bundle) ?? Promise.reject(new Error('no client'));

  it.each(pairs)('verifies a server of %s, whatever the order with %s', async (signer, other) => {
    const url = await serve(signer);
    for (const bundle of [
      [signer, other],
      [other, signer],
    ] as const) {
      const connecting = connect(url, bundle.map(pemOf).join('\n'));
      if (isExpired(signer))
        await expect(connecting).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
      else expect(await connecting).toBe(200);
    }
  });

  it.each(pairs)('rejects a server of a third authority: not %s or %s', async (first, second) => {
    const stranger = await issueServerCertificate();
    const server = await startHttpsServer(stranger, (response) => answerJson(response, 200, {}));
    onTestFinished(() => server.stop());
    await expect(connect(server.url, `${pemOf(first)}\n${pemOf(second)}`)).rejects.toThrow();
    expect(server.requests).toEqual([]);
  });

  it('verifies with three of one name, between comments and an unreadable certificate', async () => {
    const url = await serve('plain');
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    for (const order of [
      ['plain', 'other', 'withKeyId'],
      ['other', 'withKeyId', 'plain'],
      ['withKeyId', 'plain', 'other'],
    ] as const) {
      const bundle = order.map((kind) => `# ${kind}\r\n${pemOf(kind)}`).join('\r\n\r\n');
      expect(await connect(url, bundle)).toBe(200);
      expect(await connect(url, `${bundle}\n${broken}`)).toBe(200);
    }
  });
});

describe.each(Object.keys(CLIENTS))('an API server with an IPv6 address: %s', (client) => {
  it('is reached, and its certificate verified', requires(IPV6), async () => {
    const certificate = await issueServerCertificate();
    const answer: RequestHandler = (response) => answerJson(response, 200, {});
    const server = await startHttpsServer(certificate, answer, '::1');
    onTestFinished(() => server.stop());
    expect(server.url).toMatch(/^https:\/\/\[::1\]:\d+$/);
    expect(await CLIENTS[client]?.(server.url, certificate.caPem)).toBe(200);
    await expect(CLIENTS[client]?.(server.url, pemOf('other'))).rejects.toThrow();
  });
});

describe('a bundle', () => {
  it('is not split if no name occurs twice', () => {
    for (const bundle of [
      '',
      'no certificate',
      pemOf('plain'),
      `${pemOf('plain')}\n${pemOf('plain')}`,
    ]) {
      expect(authoritySets(bundle)).toEqual([bundle]);
    }
  });

  it('of thousands of certificates is split in a moment', () => {
    const bundle = Array.from(
      { length: 2_000 },
      (_, i) => `-----BEGIN CERTIFICATE-----\n${i}\n-----END CERTIFICATE-----`,
    );
    expect(authoritySets(bundle.join('\n'))).toHaveLength(1);
  });
});

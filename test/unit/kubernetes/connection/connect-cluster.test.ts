import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cacheValue } from '../../../../kubernetes/cached-value.ts';
import {
  type ConnectClusterDeps,
  connectCluster,
} from '../../../../kubernetes/connection/connect-cluster.ts';
import type { EksClusterAddress } from '../../../../kubernetes/eks/cluster-endpoint.ts';
import { eksRemedies } from '../../../../kubernetes/eks/eks-remedies.ts';
import { endpointAccessOf } from '../../../../kubernetes/eks/endpoint-access.ts';
import { ResponseTooLargeError } from '../../../../kubernetes/errors.ts';
import {
  type IssuedCertificate,
  issueServerCertificate,
} from '../../../../local/kubernetes/certificates.ts';
import { FOREVER } from '../fake-connection.ts';
import {
  answerJson,
  type HttpsServer,
  type RequestHandler,
  startHttpsServer,
} from './https-server.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const GET = { method: 'GET', path: '/api/v1/pods?limit=500', signal: FOREVER } as const;
const SECRET_TOKEN = 'k8s-aws-v1.very-secret';

let certificate: IssuedCertificate;
let otherCertificate: IssuedCertificate;

beforeAll(async () => {
  [certificate, otherCertificate] = await Promise.all([
    issueServerCertificate(),
    issueServerCertificate(),
  ]);
});

async function serve(handler: RequestHandler, own = certificate): Promise<HttpsServer> {
  const server = await startHttpsServer(own, handler);
  onTestFinished(() => server.stop());
  return server;
}

interface Setup {
  /** The result of each look-up of the address; the last one is repeated. */
  readonly addresses: readonly EksClusterAddress[];
  readonly deps?: Partial<ConnectClusterDeps<EksClusterAddress>>;
}

function connect({ addresses, deps }: Setup) {
  const counts = { lookups: 0, tokens: 0 };
  const sleeps: number[] = [];
  const connection = connectCluster({
    clusterName: 'blue',
    endpoint: cacheValue(async () => {
      const address = addresses[Math.min(counts.lookups, addresses.length - 1)];
      counts.lookups += 1;
      if (address === undefined) throw new Error('the test has no address');
      return address;
    }),
    remedies: eksRemedies('blue'),
    credentials: cacheValue(async () => {
      counts.tokens += 1;
      return { value: `${SECRET_TOKEN}-${counts.tokens}`, staleAt: NOW };
    }),
    countCall: () => {},
    version: '1.2.3',
    now: () => NOW,
    random: () => 0,
    async sleep(milliseconds) {
      sleeps.push(milliseconds);
    },
    ...deps,
  });
  onTestFinished(() => connection.close());
  return { connection, counts, sleeps };
}

const at = (server: Pick<HttpsServer, 'url'>): EksClusterAddress => ({
  url: server.url,
  certificateAuthority: certificate.caPem,
});

/** Returns an address with a closed port. */
async function closedPort(): Promise<EksClusterAddress> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `https://127.0.0.1:${port}`, certificateAuthority: certificate.caPem };
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('there is a response'),
    (error: unknown) => error,
  );

describe('a request to the cluster', () => {
  it("has the token and the product's name, and returns the response", async () => {
    const server = await serve((response) =>
      answerJson(response, 201, { ok: true }, { 'X-Kind': 'Pod' }),
    );
    const { connection } = connect({ addresses: [at(server)] });
    const { status, headers, body } = await connection.send({
      method: 'POST',
      path: '/api/v1/namespaces/shop/secrets',
      headers: { 'content-type': 'application/json' },
      body: '{"a":"ü"}',
      signal: FOREVER,
    });
    expect([status, headers['x-kind'], body.toString()]).toEqual([201, 'Pod', '{"ok":true}']);
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/namespaces/shop/secrets',
        body: '{"a":"ü"}',
        headers: {
          authorization: `Bearer ${SECRET_TOKEN}-1`,
          'content-type': 'application/json',
          'user-agent': 'kube-aws-iam/1.2.3',
        },
      },
    ]);
  });

  it.each([404, 403, 409, 422])('returns a %i response as it is', async (status) => {
    const server = await serve((response) => answerJson(response, status, {}));
    const { connection } = connect({ addresses: [at(server)] });
    expect((await connection.send(GET)).status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  it('reuses its connection', async () => {
    const server = await serve((response) => answerJson(response, 200, {}));
    const { connection } = connect({ addresses: [at(server)] });
    for (let i = 0; i < 5; i += 1) await connection.send(GET);
    expect(server.connections()).toBe(1);
  });

  it.each([
    ['with its length', { 'Content-Length': '2000' }],
    ['in chunks', {}],
  ])('is not received beyond its maximum size, %s', async (_, headers) => {
    const server = await serve((response, count) => {
      if (count > 1) return answerJson(response, 200, { small: true });
      response.writeHead(200, headers);
      response.write('x'.repeat(1_500));
      // The rest never arrives.
    });
    const { connection } = connect({ addresses: [at(server)] });
    const request = { ...GET, maxResponseBytes: 1_024 };
    expect(await rejection(connection.send(request))).toBeInstanceOf(ResponseTooLargeError);
    // Neither was it retried, nor does the next request wait for it.
    expect((await connection.send(request)).body.toString()).toBe('{"small":true}');
    expect(server.requests).toHaveLength(2);
  });

  it('shares at most 32 connections with other requests', async () => {
    const server = await serve((response) => answerJson(response, 200, {}));
    const { connection, counts } = connect({ addresses: [at(server)] });
    await Promise.all(Array.from({ length: 200 }, () => connection.send(GET)));
    expect(server.connections()).toBeLessThanOrEqual(32);
    expect(counts).toEqual({ lookups: 1, tokens: 1 });
  });

  it('does not reuse connections that were idle for too long', async () => {
    let now = NOW;
    const server = await serve((response) => answerJson(response, 200, {}));
    const { connection } = connect({ addresses: [at(server)], deps: { now: () => now } });
    await connection.send(GET);
    now = new Date(NOW.getTime() + 60_000);
    await connection.send(GET);
    expect(server.connections()).toBe(1);
    now = new Date(now.getTime() + 600_000);
    await connection.send(GET);
    expect(server.connections()).toBe(2);
  });
});

describe('a token that the cluster rejects', () => {
  it('is replaced once, however many requests it is rejected for', async () => {
    const server = await serve((response, _, { headers }) =>
      answerJson(response, headers.authorization?.endsWith('-1') ? 401 : 200, {}),
    );
    const { connection, counts } = connect({ addresses: [at(server)] });
    const answers = await Promise.all(Array.from({ length: 25 }, () => connection.send(GET)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(counts.tokens).toBe(2);
  });

  it('twice is an error that names the access entry', async () => {
    const server = await serve((response) => answerJson(response, 401, {}));
    const { connection } = connect({ addresses: [at(server)] });
    await expect(connection.send(GET)).rejects.toMatchObject({
      name: 'ClusterSetupError',
      message: expect.stringMatching(
        '"blue".*401.*kube-aws-iam:refreshers.*RefresherRoleArn.*list-access-entries --cluster-name blue',
      ),
    });
    expect(server.requests).toHaveLength(2);
  });
});

describe('an unreachable address', () => {
  it('is looked up again', async () => {
    const server = await serve((response) => answerJson(response, 200, {}));
    const { connection, counts } = connect({ addresses: [await closedPort(), at(server)] });
    expect((await connection.send(GET)).status).toBe(200);
    expect(counts.lookups).toBe(2);
  });

  it('twice is an error', async () => {
    const { connection, counts } = connect({ addresses: [await closedPort()] });
    await expect(connection.send(GET)).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: expect.stringMatching(
        /"blue" at https:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*next pass tries again.*status of the cluster/,
      ),
      cause: { code: 'ECONNREFUSED' },
    });
    expect(counts.lookups).toBe(2);
  });

  it.each([
    [
      undefined,
      /cannot be reached: .*endpoint is private .*outside of any VPC\. Set "vpc" in cdk\.json.*deploy the stack\.$/,
    ],
    [
      { vpcId: 'vpc-0aaaaaaaa', securityGroupIds: [] },
      /cannot be reached: .*in vpc-0aaaaaaaa .*Allow port 443 .* may be down; the next pass tries again\.$/,
    ],
  ])(
    'of a private endpoint is an error with the cause and the remedy (%j)',
    async (network, message) => {
      const access = endpointAccessOf({ endpointPublicAccess: false, endpointPrivateAccess: true });
      const address = { ...(await closedPort()), access };
      const { connection } = connect({
        addresses: [address],
        deps: { remedies: eksRemedies('blue', network) },
      });
      await expect(connection.send(GET)).rejects.toMatchObject({
        name: 'ClusterUnreachableError',
        message: expect.stringMatching(message),
      });
    },
  );

  it('with an expired certificate is not reported as private, or as another server', async () => {
    const expired = await issueServerCertificate({ isExpired: true });
    const server = await serve((response) => answerJson(response, 200, {}), expired);
    const access = endpointAccessOf({ endpointPublicAccess: false });
    const address = { url: server.url, certificateAuthority: expired.caPem, access };
    const { connection } = connect({ addresses: [address] });
    await expect(connection.send(GET)).rejects.toThrow(
      /certificate has expired.*has signed its certificate/,
    );
  });

  it('that does not speak TLS is not reported as private', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const access = endpointAccessOf({ endpointPublicAccess: false });
    const address = { ...at({ url: `https://127.0.0.1:${port}` }), access };
    const { connection } = connect({ addresses: [address] });
    await expect(connection.send(GET)).rejects.toThrow(/does not speak TLS/);
  });

  it('may be due to a replaced certificate authority', async () => {
    const server = await serve((response) => answerJson(response, 200, {}));
    const old = { url: server.url, certificateAuthority: otherCertificate.caPem };
    const { connection } = connect({ addresses: [old, at(server)] });
    expect((await connection.send(GET)).status).toBe(200);
  });

  it("never receives a token when its certificate is not the cluster's", async () => {
    const server = await serve((response) => answerJson(response, 200, {}), otherCertificate);
    const { connection } = connect({ addresses: [at(server)] });
    await expect(connection.send(GET)).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: expect.stringMatching(/certificate is not signed by the authority/),
    });
    expect(server.requests).toEqual([]);
  });
});

describe('a connection that breaks', () => {
  const breakOn =
    (counts: readonly number[]): RequestHandler =>
    (response, count) => {
      if (counts.includes(count)) response.destroy();
      else answerJson(response, 200, {});
    };

  it.each(['GET', 'POST', 'PATCH', 'DELETE'] as const)(
    'is replaced at once, and the %s is sent again',
    async (method) => {
      const server = await serve(breakOn([2, 3]));
      const { connection, sleeps, counts } = connect({ addresses: [at(server)] });
      await connection.send(GET);
      const body = method === 'GET' ? undefined : '{"a":1}';
      expect((await connection.send({ ...GET, method, body })).status).toBe(200);
      expect(server.requests.map((request) => request.body).slice(1)).toEqual(
        Array.from({ length: 3 }, () => body ?? ''),
      );
      expect([sleeps, counts.lookups]).toEqual([[], 1]);
    },
  );

  it('is replaced when it breaks in the middle of a response', async () => {
    const server = await serve((response, count) => {
      if (count > 1) return answerJson(response, 200, { whole: true });
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half of it', () => response.destroy());
    });
    const { connection } = connect({ addresses: [at(server)] });
    expect((await connection.send(GET)).body.toString()).toBe('{"whole":true}');
  });

  it('has the idle connections next to it replaced too', async () => {
    const server = await serve(breakOn([26]));
    const { connection } = connect({ addresses: [at(server)] });
    await Promise.all(Array.from({ length: 25 }, () => connection.send(GET)));
    const before = server.connections();
    await connection.send(GET);
    expect(server.connections()).toBe(before + 1);
    expect(server.requests).toHaveLength(27);
  });

  it('four times in one request is an error', async () => {
    const server = await serve((response) => response.destroy());
    const { connection } = connect({ addresses: [at(server)] });
    await expect(connection.send(GET)).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: expect.stringMatching(/"blue" at .* closes every connection/),
    });
    expect(server.requests).toHaveLength(4);
  });
});

describe('a busy server', () => {
  it.each([429, 500, 502, 503, 504])(
    'that answers %i gets the time that it asks for',
    async (status) => {
      const server = await serve((response, count) =>
        count < 3
          ? answerJson(response, status, {}, { 'Retry-After': '2' })
          : answerJson(response, 200, {}),
      );
      const { connection, sleeps } = connect({ addresses: [at(server)] });
      expect((await connection.send(GET)).status).toBe(200);
      expect(sleeps).toEqual([2_000, 2_000]);
    },
  );

  it('is asked six times with growing delays, then its response is returned', async () => {
    const server = await serve((response) => answerJson(response, 503, { kind: 'Status' }));
    const { connection, sleeps } = connect({ addresses: [at(server)] });
    expect((await connection.send(GET)).status).toBe(503);
    expect(server.requests).toHaveLength(6);
    expect(sleeps).toEqual([100, 200, 400, 800, 1_600]);
  });

  it('is not waited for after the signal has aborted', async () => {
    const server = await serve((response) => answerJson(response, 429, {}));
    const controller = new AbortController();
    const { connection } = connect({
      addresses: [at(server)],
      deps: {
        async sleep(_, signal) {
          controller.abort(new Error('timeout'));
          signal.throwIfAborted();
        },
      },
    });
    expect((await connection.send({ ...GET, signal: controller.signal })).status).toBe(429);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a signal that aborts', () => {
  it('aborts a request in flight', async () => {
    const controller = new AbortController();
    const timeout = new Error('timeout');
    const server = await serve(() => controller.abort(timeout));
    const { connection } = connect({ addresses: [at(server)] });
    await expect(connection.send({ ...GET, signal: controller.signal })).rejects.toBe(timeout);
  });

  it('aborts a request that waits for a connection', async () => {
    const controller = new AbortController();
    const timeout = new Error('timeout');
    const server = await serve((_, count) => {
      if (count === 32) controller.abort(timeout);
    });
    const { connection } = connect({ addresses: [at(server)] });
    const requests = Array.from({ length: 40 }, () =>
      rejection(connection.send({ ...GET, signal: controller.signal })),
    );
    expect(new Set(await Promise.all(requests))).toEqual(new Set([timeout]));
    expect(server.requests).toHaveLength(32);
  });

  it('aborts the look-up of the address', async () => {
    const controller = new AbortController();
    const timeout = new Error('timeout');
    const { connection } = connect({
      addresses: [],
      deps: {
        endpoint: cacheValue(() => {
          controller.abort(timeout);
          return new Promise(() => {});
        }),
      },
    });
    await expect(connection.send({ ...GET, signal: controller.signal })).rejects.toBe(timeout);
  });

  it('prevents a request', async () => {
    const server = await serve((response) => answerJson(response, 200, {}));
    const { connection } = connect({ addresses: [at(server)] });
    const timeout = new Error('timeout');
    await expect(connection.send({ ...GET, signal: AbortSignal.abort(timeout) })).rejects.toBe(
      timeout,
    );
    expect(server.requests).toEqual([]);
  });
});

describe('an error of the connection', () => {
  const failing: RequestHandler[] = [
    (response) => answerJson(response, 401, {}),
    (response) => response.destroy(),
    (response) => response.socket?.end('not HTTP'),
  ];

  it.each(failing)('contains no token, causes included (%#)', async (answer) => {
    const server = await serve(answer);
    const { connection } = connect({ addresses: [at(server)] });
    const error = await rejection(connection.send(GET));
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('very-secret');
  });
});

import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cacheValue, fixedValue } from '../../../../kubernetes/cached-value.ts';
import type { ClusterCredentials } from '../../../../kubernetes/connection/cluster-credentials.ts';
import { connectCluster } from '../../../../kubernetes/connection/connect-cluster.ts';
import { secretLoginRemedies } from '../../../../kubernetes/login/login-remedies.ts';
import {
  type IssuedCertificate,
  issueClientCertificate,
  issueServerCertificate,
} from '../../../../local/kubernetes/certificates.ts';
import { listen } from '../../../support/listen.ts';
import { FOREVER } from '../fake-connection.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const GET = { method: 'GET', path: '/api/v1/pods?limit=500', signal: FOREVER } as const;

let own: IssuedCertificate;
let robot: IssuedCertificate;
let stranger: IssuedCertificate;
beforeAll(async () => {
  [own, robot, stranger] = await Promise.all([
    issueServerCertificate(),
    issueClientCertificate('robot', 'robots'),
    issueClientCertificate('stranger', 'robots'),
  ]);
});

const clientCertificate = ({ certificatePem, keyPem }: IssuedCertificate): ClusterCredentials => ({
  certificate: certificatePem,
  key: keyPem,
  staleAt: NOW,
});

interface Received {
  readonly path: string;
  readonly authorization: string | undefined;
  /** Common name of the client certificate, if the authority of `robot` has signed it. */
  readonly user: string | undefined;
}

/** A server that asks for a client certificate, as the API server does, and answers 401 to requests without login. */
async function serve(rejectUnauthorized = false) {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer(
    {
      cert: own.certificatePem,
      key: own.keyPem,
      ca: robot.caPem,
      requestCert: true,
      rejectUnauthorized,
    },
    (request: IncomingMessage, response) => {
      const socket = request.socket as TLSSocket;
      const user = socket.authorized ? socket.getPeerCertificate().subject.CN : undefined;
      const { url: path = '', headers } = request;
      received.push({ path, authorization: headers.authorization, user: user?.toString() });
      response.statusCode = user === undefined && headers.authorization === undefined ? 401 : 200;
      response.end('{}');
    },
  );
  server.on('connection', () => {
    connections += 1;
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  onTestFinished(stop);
  return { url: `https://127.0.0.1:${port}`, received, connections: () => connections };
}

/** Connects with each of the logins in turn, when the one before is rejected or stale; the last one is repeated. */
function connect(url: string, logins: readonly ClusterCredentials[]) {
  let count = 0;
  const state = { isStale: false };
  const credentials = cacheValue(
    async () => logins[Math.min(count++, logins.length - 1)] as ClusterCredentials,
    () => state.isStale,
  );
  const connection = connectCluster({
    clusterName: 'blue',
    version: '1.2.3',
    endpoint: fixedValue({ url, certificateAuthority: own.caPem }),
    credentials,
    remedies: secretLoginRemedies({
      clusterName: 'blue',
      secretArn: 'arn:secret',
      addressSource: 'the setting "kubernetes"',
      vpcId: undefined,
    }),
    now: () => NOW,
    random: () => 0,
    countCall: () => {},
    sleep: async () => {},
  });
  onTestFinished(() => connection.close());
  return { connection, state };
}

describe('a client certificate', () => {
  it('authenticates the connection, and no token is sent', async () => {
    const { url, received, connections } = await serve();
    const { connection } = connect(url, [clientCertificate(robot)]);
    for (let i = 0; i < 3; i += 1) expect((await connection.send(GET)).status).toBe(200);
    expect(received[0]).toEqual({ path: GET.path, authorization: undefined, user: 'robot' });
    expect(connections()).toBe(1);
  });

  it('that is replaced replaces the connections, and a token afterwards does too', async () => {
    const { url, received, connections } = await serve();
    const renewed = await issueClientCertificate('robot', 'robots');
    const { connection, state } = connect(url, [
      clientCertificate(robot),
      clientCertificate(renewed),
      { value: 'token', staleAt: NOW },
    ]);
    await connection.send(GET);
    // The new one is of another authority, so that it is rejected, and the token is next.
    state.isStale = true;
    const send = connection.send(GET);
    state.isStale = false;
    expect((await send).status).toBe(200);
    expect(received.map(({ authorization, user }) => user ?? authorization ?? '')).toEqual([
      'robot',
      '',
      'Bearer token',
    ]);
    expect(connections()).toBe(3);
  });

  it('that is rejected twice is an error that names the secret and the command', async () => {
    const { url, received } = await serve();
    const { connection } = connect(url, [clientCertificate(stranger)]);
    await expect(connection.send(GET)).rejects.toMatchObject({
      name: 'ClusterSetupError',
      message: expect.stringMatching(
        /"blue" rejected the client certificate in the secret arn:secret .*twice \(401\); it is valid until 20.*kube-aws-iam connect --cluster blue$/,
      ),
    });
    expect(received).toHaveLength(2);
  });

  it('that the server does not accept in the handshake is an error about the login', async () => {
    const { url } = await serve(true);
    const { connection } = connect(url, [clientCertificate(stranger)]);
    const error = await connection.send(GET).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ClusterUnreachableError' });
    expect(String(error)).toMatch(
      /It may not accept the client certificate in the secret arn:secret: kube-aws-iam connect/,
    );
  });
});

describe('a token', () => {
  it('is sent without a client certificate', async () => {
    const { url, received } = await serve();
    const { connection } = connect(url, [{ value: 'token', staleAt: NOW }]);
    await connection.send(GET);
    expect(received).toEqual([{ path: GET.path, authorization: 'Bearer token', user: undefined }]);
  });
});

it.each([
  ['', GET.path],
  ['/', GET.path],
  ['/k8s/clusters/c-1', `/k8s/clusters/c-1${GET.path}`],
  ['/k8s/clusters/c-1/', `/k8s/clusters/c-1${GET.path}`],
])('the path %j of the address precedes those of requests', async (path, expected) => {
  const { url, received } = await serve();
  const { connection } = connect(`${url}${path}`, [{ value: 'token', staleAt: NOW }]);
  await connection.send(GET);
  expect(received.map((request) => request.path)).toEqual([expected]);
});
